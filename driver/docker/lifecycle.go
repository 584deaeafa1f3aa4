package docker

import (
	"context"
	"errors"
	"time"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/internal/engine"
)

// Start runs an instance's command. One that runs already is success.
func (d *Driver) Start(ctx context.Context, id string) error {
	return d.locked(ctx, "start instance", id, func(hostID string) error { return d.start(ctx, hostID) })
}

// start starts a container, and counts that. It looks at one of which it does not know
// that it is at rest, for the engine does not say whether there was anything to do.
func (d *Driver) start(ctx context.Context, hostID string) error {
	var rests, again bool
	d.lives.with(hostID, func(one *life) { rests, again = one.rests, one.begun })
	counted := 0
	if !rests {
		i, err := d.engine.Inspect(ctx, hostID)
		if err != nil || i.State == driver.Running {
			return err
		}
		again, counted = i.State != driver.Created, i.Restarts
	}
	err := d.engine.Start(ctx, hostID)
	if errors.Is(err, dockerhv.ErrConflict) && d.engine.LeaveAddress(ctx, hostID) {
		err = d.engine.Start(ctx, hostID) // another has the address that a Restart had kept
	}
	if err != nil {
		return err
	}
	d.lives.started(hostID, again, counted, d.watcher.listening())
	return nil
}

// Stop sends the spec's signal, or else the image's, or else SIGTERM, and kills
// after the grace. One that is at rest or absent is success.
func (d *Driver) Stop(ctx context.Context, id string, opts driver.StopOptions) error {
	err := d.locked(ctx, "stop instance", id, func(hostID string) error { return d.stop(ctx, hostID, opts) })
	if errors.Is(err, dockerhv.ErrNotFound) {
		return nil
	}
	return err
}

func (d *Driver) stop(ctx context.Context, hostID string, opts driver.StopOptions) error {
	d.lives.asks(hostID, causeOf(opts))
	over, err := d.overdue(ctx, hostID, seconds(opts), func(ctx context.Context) error {
		return d.engine.Stop(ctx, hostID, seconds(opts))
	})
	if over {
		err = d.escalate(ctx, hostID, time.Time{})
	}
	if err == nil {
		d.lives.rested(hostID)
	}
	return err
}

// Restart stops an instance if it runs, as Stop does, and starts it. An address that
// the engine chose stays on a network that is not the engine's own, of an instance
// with one NIC.
func (d *Driver) Restart(ctx context.Context, id string, opts driver.StopOptions) error {
	return d.locked(ctx, "restart instance", id, func(hostID string) error {
		i, err := d.engine.Inspect(ctx, hostID)
		if err != nil {
			return err
		}
		d.lives.asks(hostID, causeOf(opts))
		over, err := d.overdue(ctx, hostID, seconds(opts), func(ctx context.Context) error {
			return d.engine.Restart(ctx, hostID, seconds(opts))
		})
		if over {
			if err = d.escalate(ctx, hostID, i.Started); err == nil {
				err = d.engine.Start(ctx, hostID)
			}
		}
		if err != nil {
			return err
		}
		d.lives.started(hostID, i.State != driver.Created, i.Restarts, d.watcher.listening())
		return d.keepAddress(ctx, i)
	})
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

// seconds is the grace as the engine takes it; nil means the container's own,
// which Create set to the spec's.
func seconds(opts driver.StopOptions) *int {
	if opts.Grace == 0 {
		return nil
	}
	return new(max(0, engine.Seconds(opts.Grace)))
}
