package memory

import (
	"cmp"
	"context"
	"errors"
	"math"
	"time"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

// Start runs an instance's command.
func (d *Driver) Start(ctx context.Context, id string) error {
	return d.locked(ctx, "start instance", id, func() error {
		if err := d.endLost(ctx, id); err != nil {
			return err
		}
		return d.start(ctx, id)
	})
}

func (d *Driver) start(ctx context.Context, id string) error {
	return d.on(id, func(i *instance) error {
		if i.state.Active() {
			return nil
		}
		if err := d.host.start(ctx, i); err != nil {
			return err
		}
		i.join()
		return nil
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
		if err := d.on(id, d.host.checkHolder); err != nil {
			return err
		}
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
		if err := d.destroy(id, opts); err != nil && !errors.Is(err, dockerhv.ErrNotFound) {
			return err
		}
		if opts.Volumes {
			d.destroyVolumes(id)
		}
		return nil
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
