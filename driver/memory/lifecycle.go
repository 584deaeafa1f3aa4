package memory

import (
	"cmp"
	"context"
	"errors"
	"maps"
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
	var found *instance
	if err := d.on(id, func(i *instance) error {
		found = i
		return nil
	}); err != nil {
		return err
	}
	return d.host.stop(ctx, found, opts)
}

// stop ends the command of an instance, which may be set aside.
func (h *Host) stop(ctx context.Context, i *instance, opts driver.StopOptions) error {
	run := h.ask(i, opts)
	if run == nil {
		return nil
	}
	timer := time.NewTimer(graceOf(i.spec, opts))
	defer timer.Stop()
	select {
	case <-run.ended:
		return nil
	case <-ctx.Done():
		return ended(ctx)
	case <-timer.C:
	}
	h.kill(i)
	return nil
}

// ask asks an instance's command to end, and returns its run; nil if there is none.
func (h *Host) ask(i *instance, opts driver.StopOptions) *run {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !i.state.Active() {
		return nil
	}
	i.blame(causeOf(opts))
	if opts.Grace >= 0 {
		i.signal(cmp.Or(i.spec.StopSignal, i.image.StopSignal, "SIGTERM"))
		h.unpause(i)
	}
	return i.run
}

// kill kills an instance's command, and returns when it has ended.
func (h *Host) kill(i *instance) {
	h.mu.Lock()
	active, of := i.state.Active(), i.run
	i.kill(exitKilled, driver.ExitKilled)
	h.mu.Unlock()
	if active {
		<-of.ended
	}
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
	var found *instance
	err := d.on(id, func(i *instance) error {
		if i.state.Active() && !opts.Force {
			return refuse(dockerhv.ErrConflict, "stop it first or set DestroyOptions.Force", "the instance is %s", i.state)
		}
		found = i
		return nil
	})
	if err != nil {
		return err
	}
	d.host.kill(found)
	return d.on(id, func(i *instance) error {
		d.host.takeOut(i)
		return nil
	})
}

// takeOut takes an instance off the host's. The caller has the lock.
func (h *Host) takeOut(i *instance) {
	i.forget()
	state := i.state
	delete(h.instances, i.key)
	i.state = ""
	h.tell(i, driver.EventDestroyed, 0)
	i.state = state
}

// putBack puts an instance among the host's that was taken out. The caller has the lock.
func (h *Host) putBack(i *instance) {
	h.instances[i.key] = i
	h.tell(i, driver.EventSnapshot, 0)
}

// bind gives an instance its ports on the host. The caller has the lock.
func (h *Host) bind(i *instance) error {
	taken := make(map[driver.Port]bool) // by address, port and protocol of the host
	for _, other := range slices.AppendSeq(slices.Collect(maps.Values(h.instances)), maps.Keys(h.replaced)) {
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
