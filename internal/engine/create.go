package engine

import (
	"cmp"
	"context"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/docker/docker/api/types/container"

	"github.com/dockerhv/dockerhv/driver"
)

// Create makes a container of a spec, in one request, and returns its ID. The
// name makes it unique on the host: one that is taken is dockerhv.ErrConflict.
// What the policy does not allow is dockerhv.ErrDenied. Warnings are the engine's
// own, for people.
func (e *Engine) Create(
	ctx context.Context, name, owner string, spec driver.Spec, place Place, host driver.Host, policy driver.Policy,
) (id string, warnings []string, err error) {
	config, hostConfig := containerConfig(owner, spec), hostConfig(owner, spec, host)
	networking := e.putInto(place, config, hostConfig)
	if err := e.permit(policy, owner, place.Holder, hostConfig); err != nil {
		return "", nil, err
	}
	created, err := e.cli.ContainerCreate(ctx, config, hostConfig, networking, nil, name)
	if err != nil {
		return "", nil, e.fail(opCreate, spec.ID, err)
	}
	return created.ID, created.Warnings, nil
}

// permit looks where the host's paths lead and asks the policy.
func (e *Engine) permit(policy driver.Policy, owner, holder string, host *container.HostConfig) error {
	seen := e.look(slices.Concat(hostPaths(host), policy.Paths))
	seen.holder = holder
	return permit(policy, owner, *host, seen)
}

func containerConfig(owner string, spec driver.Spec) *container.Config {
	config := &container.Config{
		Image:        spec.Image,
		Hostname:     spec.Hostname,
		Domainname:   spec.Domain,
		Entrypoint:   spec.Entrypoint,
		Cmd:          spec.Command,
		Env:          environment(spec.Env),
		WorkingDir:   spec.WorkDir,
		User:         spec.User,
		ExposedPorts: exposedPorts(spec.Ports),
		Tty:          spec.TTY,
		OpenStdin:    spec.Stdin,
		StopSignal:   spec.StopSignal,
		StopTimeout:  new(Seconds(cmp.Or(spec.StopGrace, driver.DefaultStopGrace))),
		Labels:       labels(owner, spec),
		Healthcheck:  healthCheck(spec.Health),
	}
	return config
}

// environment returns the variables in the engine's form, in one order, so that
// equal specs make equal requests.
func environment(env map[string]string) []string {
	list := make([]string, 0, len(env))
	for _, name := range slices.Sorted(maps.Keys(env)) {
		list = append(list, name+"="+env[name])
	}
	return list
}

// Seconds rounds a duration up to whole seconds, which is what the API takes: a
// grace of half a second must not become none.
func Seconds(d time.Duration) int { return int(math.Ceil(d.Seconds())) }
