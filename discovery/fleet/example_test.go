package fleet_test

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/dockerhv/dockerhv/discovery"
	"github.com/dockerhv/dockerhv/discovery/fleet"
	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/driver/memory"
)

// racks is a discoverer of two hosts; yours is one of the packages below discovery.
type racks struct{}

func (racks) Discover(context.Context) iter.Seq2[driver.Endpoint, error] {
	return func(yield func(driver.Endpoint, error) bool) {
		_ = yield(driver.Endpoint{Name: "rack-1"}, nil) && yield(driver.Endpoint{Name: "rack-2"}, nil)
	}
}

// An agent registers the hosts that it finds. The orchestrator places an instance on one
// that is up and has room, is told when it runs, and then drains the host.
func Example() {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	engines := map[string]*memory.Host{"rack-1": memory.New(memory.Options{}), "rack-2": memory.New(memory.Options{})}

	hosts := fleet.New(fleet.Options{Ledger: fleet.LedgerOptions{CPUOvercommit: 2}})
	agent := discovery.Agent{
		Discoverer: racks{}, Manager: hosts,
		Open: discovery.Opener(func(_ context.Context, e driver.Endpoint) (*memory.Driver, error) {
			return engines[e.Name].Open("my-cloud"), nil // yours is docker.Options{}.Open
		}),
	}
	ended := make(chan error)
	go func() { ended <- agent.Run(ctx) }()
	go hosts.Run(ctx)

	for change := range hosts.Changes(ctx) {
		switch {
		case change.Host != "rack-2":
			// This example uses one host.
		case change.Power == discovery.PowerOn:
			fmt.Println(change.Instance, change.Power)
			go hosts.Drain(ctx, "rack-2", fleet.DrainOptions{Stop: true})
		case change.Instance != "":
			// It is there, or was stopped.
		case change.Resource != discovery.ResourceEnabled:
			fmt.Println(change.Host, change.Resource)
			if change.Resource == discovery.ResourceMaintenance {
				stop()
			}
		case change.Status == discovery.StatusUp:
			fmt.Println(change.Host, change.Status)
			image := engines["rack-2"].Put("example.org/web:1", memory.Image{Command: []string{"serve"}})
			go place(ctx, hosts, driver.Spec{ID: "i-1", Image: image.ID, Resources: driver.Resources{CPUs: 2, Memory: 1 << 30}})
		}
	}
	<-ended
	// Output:
	// rack-2 Up
	// i-1 PowerOn
	// rack-2 PrepareForMaintenance
	// rack-2 Maintenance
}

// place claims what an instance needs of a host, runs it there and confirms.
func place(ctx context.Context, hosts *fleet.Manager, spec driver.Spec) {
	if err := hosts.Claim("rack-2", spec.ID, spec.Resources); err != nil {
		fmt.Println(err)
		return
	}
	host, err := hosts.Host("rack-2")
	if err == nil {
		_, err = host.Driver.Create(ctx, spec)
	}
	if err != nil {
		fmt.Println(err, hosts.Release("rack-2", spec.ID))
		return
	}
	if err := errors.Join(hosts.Confirm("rack-2", spec.ID), host.Driver.Start(ctx, spec.ID)); err != nil {
		fmt.Println(err)
	}
}
