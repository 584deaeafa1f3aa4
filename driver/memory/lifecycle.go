package memory

import (
	"cmp"
	"context"
	"errors"
	"math"
	"net/netip"
	"slices"
	"time"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

// Start runs an instance's command.
func (d *Driver) Start(ctx context.Context, id string) error {
	return d.locked(ctx, "start instance", id, func() error { return d.start(ctx, id) })
}

func (d *Driver) start(ctx context.Context, id string) error {
	return d.on(id, func(i *instance) error {
		if i.state.Active() {
			return nil
		}
		return d.host.start(ctx, i)
	})
}

// Stop ends an instance's command: by its signal, and after the grace by force.
func (d *Driver) Stop(ctx context.Context, id string, opts driver.StopOptions) error {
	return d.locked(ctx, "stop instance", id, func() error {
		if err := d.stop(ctx, id, opts); !errors.Is(err, dockerhv.ErrNotFound) {
			return err
		}
		return nil
	})
}

// Restart stops an instance if it runs, and starts it.
func (d *Driver) Restart(ctx context.Context, id string, opts driver.StopOptions) error {
	return d.locked(ctx, "restart instance", id, func() error {
		if err := d.stop(ctx, id, opts); err != nil {
			return err
		}
		return d.start(ctx, id)
	})
}

func (d *Driver) stop(ctx context.Context, id string, opts driver.StopOptions) error {
	var run *run
	var grace time.Duration
	err := d.on(id, func(i *instance) error {
		if !i.state.Active() {
			return nil
		}
		run, grace = i.run, graceOf(i.spec, opts)
		i.blame(causeOf(opts))
		if opts.Grace >= 0 {
			i.signal(cmp.Or(i.spec.StopSignal, i.image.StopSignal, "SIGTERM"))
			d.host.unpause(i)
		}
		return nil
	})
	if err != nil || run == nil {
		return err
	}
	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case <-run.ended:
		return nil
	case <-ctx.Done():
		return ended(ctx)
	case <-timer.C:
	}
	if err := d.on(id, func(i *instance) error {
		i.kill(exitKilled, driver.ExitKilled)
		return nil
	}); err != nil {
		return err
	}
	<-run.ended
	return nil
}

// causeOf is what a stop will have been for the run that it ends.
func causeOf(opts driver.StopOptions) driver.ExitCause {
	switch {
	case opts.Unhealthy:
		return driver.ExitUnhealthy
	case opts.Grace < 0:
		return driver.ExitKilled
	}
	return driver.ExitStopped
}

// graceOf is how long a stop waits, in whole seconds.
func graceOf(spec driver.Spec, opts driver.StopOptions) time.Duration {
	grace := cmp.Or(opts.Grace, spec.StopGrace, driver.DefaultStopGrace)
	return max(0, time.Duration(math.Ceil(grace.Seconds()))*time.Second)
}

// Destroy removes an instance.
func (d *Driver) Destroy(ctx context.Context, id string, opts driver.DestroyOptions) error {
	return d.locked(ctx, "destroy instance", id, func() error {
		err := d.destroy(id, opts)
		if errors.Is(err, dockerhv.ErrNotFound) {
			return nil
		}
		return err
	})
}

func (d *Driver) destroy(id string, opts driver.DestroyOptions) error {
	var running *run
	err := d.on(id, func(i *instance) error {
		if !i.state.Active() {
			return nil
		}
		if !opts.Force {
			return refuse(dockerhv.ErrConflict, "stop it first or set DestroyOptions.Force", "the instance is %s", i.state)
		}
		i.kill(exitKilled, driver.ExitKilled)
		running = i.run
		return nil
	})
	if err != nil {
		return err
	}
	if running != nil {
		<-running.ended
	}
	return d.on(id, func(i *instance) error {
		delete(d.host.instances, i.key)
		i.state = ""
		d.host.tell(i, driver.EventDestroyed, 0)
		return nil
	})
}

// bind gives an instance its ports on the host. The caller has the lock.
func (h *Host) bind(i *instance) error {
	taken := make(map[driver.Port]bool) // by address, port and protocol of the host
	for _, other := range h.instances {
		for _, p := range other.ports {
			taken[driver.Port{HostIP: p.HostIP, HostPort: p.HostPort, Protocol: p.Protocol}] = true
		}
	}
	ports := slices.Clone(i.spec.Ports)
	for n := range ports {
		p := &ports[n]
		p.Protocol = cmp.Or(p.Protocol, driver.TCP)
		if !p.HostIP.IsValid() {
			p.HostIP = netip.IPv4Unspecified()
		}
		on := driver.Port{HostIP: p.HostIP, HostPort: p.HostPort, Protocol: p.Protocol}
		for on.HostPort = cmp.Or(p.HostPort, firstPort); taken[on]; on.HostPort++ {
			if p.HostPort != 0 {
				return refuse(dockerhv.ErrConflict, "publish another port, or none for the host's choice", "port %d is in use", p.HostPort)
			}
		}
		p.HostPort, taken[on] = on.HostPort, true
	}
	slices.SortFunc(ports, func(a, b driver.Port) int {
		return cmp.Or(cmp.Compare(a.Port, b.Port), cmp.Compare(a.Protocol, b.Protocol), a.HostIP.Compare(b.HostIP))
	})
	i.ports = ports
	return nil
}

// firstPort is the first that the host chooses by itself.
const firstPort uint16 = 32768
