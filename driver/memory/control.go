package memory

import (
	"context"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

// Wait returns how an instance's command ended. A host that goes away meanwhile is
// waited for.
func (d *Driver) Wait(ctx context.Context, id string) (exit driver.Exit, err error) {
	err = d.call(ctx, "wait for instance", id, func() error {
		exit, err = d.wait(ctx, id)
		return err
	})
	return exit, err
}

func (d *Driver) wait(ctx context.Context, id string) (exit driver.Exit, err error) {
	var of *instance
	var waited *run
	waitErr := d.host.await(ctx, func() bool {
		i, findErr := d.find(id)
		switch {
		case d.host.away:
			return false
		case waited != nil && waited.exit != nil:
			exit = *waited.exit
			return true
		case findErr != nil, of != nil && i != of:
			err = &dockerhv.Error{Class: dockerhv.ErrNotFound, Next: "create the instance first"}
			return true
		}
		of, waited = i, i.run
		if i.exit != nil { // it has ended, or could not be started
			exit = *i.exit
		}
		return i.exit != nil
	})
	if waitErr != nil {
		return driver.Exit{}, ended(ctx)
	}
	return exit, err
}

// Pause freezes a running instance: its CPU time, its signals and its output.
func (d *Driver) Pause(ctx context.Context, id string) error {
	return d.locked(ctx, "pause instance", id, func() error {
		return d.onActive(id, func(i *instance) error {
			if i.state == driver.Running {
				i.settle(d.host.now())
				i.state = driver.Paused
				d.host.tell(i, driver.EventPaused, 0)
			}
			return nil
		})
	})
}

// Unpause lets a paused instance go on.
func (d *Driver) Unpause(ctx context.Context, id string) error {
	return d.locked(ctx, "unpause instance", id, func() error {
		return d.onActive(id, func(i *instance) error {
			d.host.unpause(i)
			return nil
		})
	})
}

// unpause lets an instance go on that may be paused. The caller has the lock.
func (h *Host) unpause(i *instance) {
	if i.state != driver.Paused {
		return
	}
	i.settle(h.now())
	i.state = driver.Running
	h.tell(i, driver.EventUnpaused, 0)
	for _, signal := range i.run.pending {
		i.signal(signal)
	}
	i.run.pending = nil
}

// Signal signals an instance's command.
func (d *Driver) Signal(ctx context.Context, id, signal string) error {
	return d.locked(ctx, "signal instance", id, func() error {
		if err := driver.ValidateSignal(signal); err != nil {
			return err
		}
		name, ok := signalName(signal)
		if !ok {
			return &dockerhv.FieldError{Field: "signal", Reason: signal + " is unknown; write SIGTERM or 15"}
		}
		return d.onActive(id, func(i *instance) error {
			if name == "SIGKILL" {
				i.blame(driver.ExitKilled)
			}
			i.signal(name)
			return nil
		})
	})
}

// Resize changes the bounds of an instance that exists.
func (d *Driver) Resize(ctx context.Context, id string, r driver.Resources) error {
	return d.locked(ctx, "resize instance", id, func() error {
		if err := driver.ValidateResize(r, d.host.describe()); err != nil {
			return err
		}
		return d.on(id, func(i *instance) error {
			i.settle(d.host.now())
			after := i.resources.Resized(r)
			if err := driver.ValidateResources(after, driver.Host{}); err != nil {
				return err // the old and the new don't go together
			}
			i.resources = after.InForce()
			return nil
		})
	})
}

// SetRestart changes the restart policy, which has no effect here.
func (d *Driver) SetRestart(ctx context.Context, id string, r driver.Restart) error {
	return d.locked(ctx, "set restart policy of instance", id, func() error {
		if err := driver.ValidateRestart(r); err != nil {
			return err
		}
		return d.on(id, func(i *instance) error {
			i.restart = r
			return nil
		})
	})
}
