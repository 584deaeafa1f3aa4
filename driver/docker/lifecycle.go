package docker

import (
	"context"
	"errors"
	"time"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/internal/engine"
)

// Start runs an instance's command. One that runs already is success, but one that
// has lost its network is started anew. A port of the host that stays in use is a
// *driver.PortInUseError, a network that is gone for good a *driver.NetworkLostError
// or a *driver.NetworkMissingError.
func (d *Driver) Start(ctx context.Context, id string) (err error) {
	const op = "start instance"
	ctx, end := d.change(ctx, op, id)
	defer end(&err)
	return d.locked(ctx, op, id, func(hostID string) error { return d.start(ctx, id, hostID) })
}

// start starts a container, and counts that. It looks at one of which it does not know
// that it is at rest, for the engine does not say whether there was anything to do.
func (d *Driver) start(ctx context.Context, id, hostID string) error {
	var rests, again bool
	d.lives.with(hostID, func(one *life) { rests, again = one.rests, one.begun })
	running, counted := false, 0
	if !rests {
		i, err := d.engine.Inspect(ctx, hostID)
		switch {
		case err != nil:
			return err
		case i.State == driver.Retired: // by somebody else, since it was looked for
			return errAbsent()
		}
		running, again, counted = i.State == driver.Running, i.State != driver.Created, i.Restarts
	}
	err := d.slots.in(ctx, func() error {
		return d.begin(ctx, id, hostID, func(lost bool) error {
			switch {
			case lost:
				running = false
				d.lives.asks(hostID, driver.ExitStopped)
				return d.engine.Restart(ctx, hostID, nil)
			case running:
				return nil
			}
			return d.startAnywhere(ctx, hostID)
		})
	})
	if err != nil || running {
		return err
	}
	d.lives.started(hostID, again, counted, d.watcher.listening())
	d.usage.forget(id)
	return nil
}

// startAnywhere starts a container, under another address where another one has the
// address that a Restart had kept.
func (d *Driver) startAnywhere(ctx context.Context, hostID string) error {
	err := d.engine.Start(ctx, hostID)
	if maybeAddressTaken(err) && d.engine.LeaveAddress(ctx, hostID) {
		return d.engine.Start(ctx, hostID)
	}
	return err
}

// maybeAddressTaken tells whether a start was refused for a reason that is no other's:
// a port or a network is not looked for among the container's addresses.
func maybeAddressTaken(err error) bool {
	if _, port := engine.PortInUse(err); port {
		return false
	}
	_, missing := errors.AsType[*driver.NetworkMissingError](err)
	return !missing && errors.Is(err, dockerhv.ErrConflict)
}

// Stop sends the spec's signal, or else the image's, or else SIGTERM, and kills
// after the grace. One that is at rest or absent is success.
func (d *Driver) Stop(ctx context.Context, id string, opts driver.StopOptions) (err error) {
	const op = "stop instance"
	ctx, end := d.change(ctx, op, id)
	defer end(&err)
	err = d.locked(ctx, op, id, func(hostID string) error { return d.stop(ctx, hostID, opts) })
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
func (d *Driver) Restart(ctx context.Context, id string, opts driver.StopOptions) (err error) {
	const op = "restart instance"
	ctx, end := d.change(ctx, op, id)
	defer end(&err)
	return d.locked(ctx, op, id, func(hostID string) error {
		i, err := d.engine.Inspect(ctx, hostID)
		switch {
		case err != nil:
			return err
		case i.State == driver.Retired: // by somebody else, since it was looked for
			return errAbsent()
		}
		d.lives.asks(hostID, causeOf(opts))
		err = d.begin(ctx, id, hostID, func(bool) error { return d.restart(ctx, i, opts) })
		if err != nil {
			return err
		}
		d.lives.started(hostID, i.State != driver.Created, i.Restarts, d.watcher.listening())
		d.usage.forget(id)
		return d.keepAddress(ctx, i)
	})
}

func (d *Driver) restart(ctx context.Context, i driver.Instance, opts driver.StopOptions) error {
	over, err := d.overdue(ctx, i.HostID, seconds(opts), func(ctx context.Context) error {
		return d.engine.Restart(ctx, i.HostID, seconds(opts))
	})
	if !over {
		return err
	}
	if err := d.escalate(ctx, i.HostID, i.Started); err != nil {
		return err
	}
	return d.engine.Start(ctx, i.HostID)
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
