package docker

import (
	"context"
	"errors"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

// Wait returns how an instance's command ended. However many wait, one stream of
// events serves them. A host that goes away meanwhile is waited for: that is no
// exit.
func (d *Driver) Wait(ctx context.Context, id string) (driver.Exit, error) {
	const op = "wait for instance"
	// Read first and look then, so that an exit in between is not missed.
	r := d.watcher.join(ctx, id)
	defer d.watcher.leave(r)
	i, err := d.Inspect(ctx, id)
	for err == nil && i.Exit == nil {
		var ended *driver.Event
		if ended, err = r.exit(ctx); err != nil {
			break
		}
		i, err = d.Inspect(ctx, id)
		if ended != nil && (errors.Is(err, dockerhv.ErrNotFound) || i.State.Active()) {
			// It ended, and was destroyed or started again before we could look.
			return exitTold(ended), nil
		}
		if errors.Is(err, dockerhv.ErrUnavailable) {
			i, err = driver.Instance{}, nil // the stream tells when the host is back
		}
	}
	if err != nil {
		return driver.Exit{}, d.name(op, id, err)
	}
	return *i.Exit, nil
}

// exit waits until something is told of the instance, and returns its exit if it
// is that.
func (r *reader) exit(ctx context.Context) (*driver.Event, error) {
	for {
		select {
		case <-r.ready:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		events, _, over := r.take()
		if over {
			return nil, errClosed()
		}
		var ended *driver.Event
		for _, e := range events {
			if e.Type == driver.EventExited {
				ended = &e
			}
		}
		if len(events) > 0 {
			return ended, nil
		}
	}
}

// exitTold is what an event tells of an exit.
func exitTold(e *driver.Event) driver.Exit {
	return driver.Exit{
		Code: e.ExitCode, Signal: driver.SignalOf(e.ExitCode), Cause: e.Cause, OOM: e.Cause == driver.ExitOOM, Time: e.Time,
	}
}
