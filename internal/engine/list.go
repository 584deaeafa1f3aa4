package engine

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/filters"

	"github.com/dockerhv/dockerhv/driver"
)

// List returns an owner's instances that pass a filter, ordered by ID, in one
// request.
func (e *Engine) List(ctx context.Context, owner string, filter driver.Filter) ([]driver.Instance, error) {
	containers, err := e.cli.ContainerList(ctx, container.ListOptions{All: true, Filters: listFilters(owner, filter)})
	if err != nil {
		return nil, e.fail("list instances", "", err)
	}
	members := make([]Member, 0, len(containers))
	for i := range containers {
		m := readMember(&containers[i])
		if (len(filter.IDs) == 0 || slices.Contains(filter.IDs, m.ID)) && (!filter.Retired() || slices.Contains(filter.States, m.State)) {
			members = append(members, m)
		}
	}
	instances := visible(members, filter)
	slices.SortFunc(instances, func(a, b driver.Instance) int { return cmp.Compare(a.ID, b.ID) })
	return instances, nil
}

// listFilters lets the engine select. It requires every label that it is given,
// so that only one ID can be asked for; List sorts out several.
func listFilters(owner string, filter driver.Filter) filters.Args {
	args := filters.NewArgs(filters.Arg("label", labelOwner+"="+owner))
	if len(filter.IDs) == 1 {
		args.Add("label", labelInstance+"="+filter.IDs[0])
	}
	for name, value := range filter.Labels {
		args.Add("label", name+"="+value)
	}
	if filter.Retired() {
		return args // it is no state of the engine's: List sorts out
	}
	for _, s := range filter.States {
		args.Add("status", string(s))
	}
	return args
}

func readSummary(c *container.Summary) driver.Instance {
	i := driver.Instance{
		HostID:  c.ID,
		Image:   c.ImageID,
		State:   state(c.State),
		Created: time.Unix(c.Created, 0).UTC(),
	}
	i.Health.Status = listedHealth(i.State, c.Status)
	readLabels(&i, c.Labels)
	if c.NetworkSettings != nil {
		i.NICs = readNICs(c.NetworkSettings.Networks, i.Owner)
	}
	i.Incomplete = incomplete(i, c.Labels)
	for _, p := range c.Ports {
		if p.PublicPort != 0 {
			i.Ports = append(i.Ports, driver.Port{
				HostIP: parseAddr(p.IP), HostPort: p.PublicPort, Port: p.PrivatePort, Protocol: driver.Protocol(p.Type),
			})
		}
	}
	sortPorts(i.Ports)
	return i
}
