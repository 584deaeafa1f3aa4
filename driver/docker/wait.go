package docker

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

// waitRetry is after how long a waiter asks again that got no answer.
const waitRetry = time.Second

// Wait returns how an instance's command ended. However many wait, one stream of
// events serves them. A host that goes away meanwhile is waited for: that is no
// exit.
func (d *Driver) Wait(ctx context.Context, id string) (_ driver.Exit, err error) {
	const op = "wait for instance"
	ctx, end := d.read(ctx, op, id)
	defer end(&err)
	// Read first and look then, so that an exit in between is not missed.
	r := d.watcher.join(ctx, id)
	defer d.watcher.leave(r)
	i, err := d.Inspect(ctx, id)
	var ended *driver.Event
	var again <-chan time.Time // to ask once more that did not answer
	for err == nil && i.Exit == nil {
		var told *driver.Event
		if told, err = r.exit(ctx, again, tellsOfEnd); err != nil {
			break
		}
		ended = cmp.Or(told, ended)
		err = answered(ctx, listTimeout, func(ctx context.Context) (err error) {
			i, err = d.Inspect(ctx, id)
			return err
		})
		if ended != nil && (errors.Is(err, dockerhv.ErrNotFound) || err == nil && i.State.Active()) {
			// It ended, and was destroyed or started again before we could look.
			return exitTold(ended), nil
		}
		again = nil
		if errors.Is(err, dockerhv.ErrUnavailable) {
			i, err, again = driver.Instance{}, nil, time.After(waitRetry)
		}
	}
	if err != nil {
		return driver.Exit{}, d.name(op, id, err)
	}
	return *i.Exit, nil
}

// tellsOfEnd tells whether an event makes it worth to look whether the instance has ended.
func tellsOfEnd(e driver.Event) bool {
	return e.Type == driver.EventExited || e.Type == driver.EventDestroyed || e.Type == driver.EventSnapshot && !e.State.Active()
}

// exit waits until something is told of the instance that makes it worth to look, or it
// is to be asked again, and returns its exit if it is that.
func (r *reader) exit(ctx context.Context, again <-chan time.Time, worth func(driver.Event) bool) (*driver.Event, error) {
	for {
		select {
		case <-r.ready:
		case <-again:
			return nil, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		events, _, over := r.take()
		if over {
			return nil, errClosed()
		}
		var ended *driver.Event
		look := false
		for _, e := range events {
			if e.Type == driver.EventExited {
				ended = &e
			}
			look = look || worth(e)
		}
		if look {
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
