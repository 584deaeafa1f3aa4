package engine

import (
	"cmp"
	"context"
	"maps"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/network"
	"github.com/docker/go-connections/nat"

	"github.com/dockerhv/dockerhv/driver"
)

// Create makes a container of a spec, in one request, and returns its ID. The
// name makes it unique on the host: one that is taken is dockerhv.ErrConflict.
// What the policy does not allow is dockerhv.ErrDenied. Warnings are the engine's
// own, for people.
func (e *Engine) Create(
	ctx context.Context, name, owner string, spec driver.Spec, host driver.Host, policy driver.Policy,
) (id string, warnings []string, err error) {
	hostConfig := hostConfig(spec, host)
	if err := permit(policy, hostConfig); err != nil {
		return "", nil, err
	}
	created, err := e.cli.ContainerCreate(ctx, containerConfig(owner, spec), hostConfig, e.networkingConfig(spec), nil, name)
	if err != nil {
		return "", nil, e.fail("create instance", spec.ID, err)
	}
	return created.ID, created.Warnings, nil
}

func containerConfig(owner string, spec driver.Spec) *container.Config {
	config := &container.Config{
		Image:        spec.Image,
		Hostname:     spec.Hostname,
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
	if len(spec.NICs) > 0 {
		// Before API 1.44 the address is the container's, since then the endpoint's;
		// the client drops the one that the engine does not know.
		config.MacAddress = spec.NICs[0].MAC //nolint:staticcheck // needed before API 1.44
	}
	return config
}

// networkName is the engine's name of the spec's network; the bridge must be
// named, for "default" is another one on some engines.
func networkName(spec driver.Spec) string {
	if len(spec.NICs) == 0 || spec.NICs[0].Network == "" {
		return network.NetworkBridge
	}
	return spec.NICs[0].Network
}

func (e *Engine) networkingConfig(spec driver.Spec) *network.NetworkingConfig {
	if len(spec.NICs) == 0 {
		return nil
	}
	settings := endpointSettings(spec.NICs[0])
	if !e.PerNICMAC() {
		settings.MacAddress = "" // it is the container's then
	}
	return &network.NetworkingConfig{EndpointsConfig: map[string]*network.EndpointSettings{networkName(spec): settings}}
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

func exposedPorts(ports []driver.Port) nat.PortSet {
	set := make(nat.PortSet, len(ports))
	for _, p := range ports {
		set[natPort(p)] = struct{}{}
	}
	return set
}

func portBindings(ports []driver.Port) nat.PortMap {
	bindings := make(nat.PortMap, len(ports))
	for _, p := range ports {
		var binding nat.PortBinding
		if p.HostIP.IsValid() {
			binding.HostIP = p.HostIP.String()
		}
		if p.HostPort != 0 {
			binding.HostPort = strconv.Itoa(int(p.HostPort))
		}
		bindings[natPort(p)] = append(bindings[natPort(p)], binding)
	}
	return bindings
}

func natPort(p driver.Port) nat.Port {
	return nat.Port(strconv.Itoa(int(p.Port)) + "/" + string(cmp.Or(p.Protocol, driver.TCP)))
}

// Seconds rounds a duration up to whole seconds, which is what the API takes: a
// grace of half a second must not become none.
func Seconds(d time.Duration) int { return int(math.Ceil(d.Seconds())) }
