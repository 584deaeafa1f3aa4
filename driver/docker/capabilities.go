package docker

import (
	"context"
	"fmt"

	"github.com/dockerhv/dockerhv/driver"
)

// Capabilities asks the engine what it and its host can do.
func (d *Driver) Capabilities(ctx context.Context) (_ []driver.Capability, err error) {
	ctx, end := d.read(ctx, "list capabilities", "")
	defer end(&err)
	host, err := d.Host(ctx)
	if err != nil {
		return nil, err
	}
	checkpoints, err := d.engine.Checkpoints(ctx)
	if err != nil {
		return nil, givenUp(ctx, err)
	}
	kernel := fmt.Sprintf("by the kernel %s with cgroup %s", host.Kernel, host.CgroupVersion)
	cgroups := can(host.CgroupDriver != "none", "", "the engine may not use cgroups")
	const needs = "where the host has criu, of which the engine says nothing"
	suspends := can(checkpoints, needs, "the engine is not experimental")
	list := []driver.Capability{
		cgroups("Pauser"), cgroups("Resizer"), cgroups("StatsReader"),
		can(host.LimitsCPU, kernel, "not "+kernel)("limits.cpu"),
		can(host.LimitsMemory, kernel, "not "+kernel)("limits.memory"),
		can(host.LimitsSwap, kernel, "not "+kernel)("limits.swap"),
		can(host.LimitsPIDs, kernel, "not "+kernel)("limits.pids"),
		can(d.engine.PerNICMAC(), "", fmt.Sprintf("API %s has one for the first NIC only; Docker Engine 25 has more", host.APIVersion))("nics.mac"),
		can(len(host.CDISpecDirs) > 0, "", "the engine knows no CDI")("devices.cdi"),
		suspends("Suspender"), suspends("checkpoint"),
	}
	return list, nil
}

// can makes capabilities that rest on one thing.
func can(supported bool, because, otherwise string) func(name string) driver.Capability {
	return func(name string) driver.Capability {
		if supported {
			return driver.Capability{Name: name, Supported: true, Reason: because}
		}
		return driver.Capability{Name: name, Reason: otherwise}
	}
}
