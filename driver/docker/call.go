package docker

import (
	"context"
	"errors"
	"time"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/internal/engine"
)

// read begins a call that changes nothing. Its context ends with the driver, too, and
// is to be used for all that the call does; end is to be deferred with the call's error.
func (d *Driver) read(ctx context.Context, op, id string) (_ context.Context, end func(*error)) {
	bound, release := d.life.Bind(ctx)
	bound, told := d.engine.StartCall(bound, op, id)
	begun, attempt := time.Now(), driver.Attempt(ctx)
	return bound, func(err *error) {
		*err = d.closed(bound, op, id, *err)
		outcome := dockerhv.Outcome(*err)
		told(outcome)
		if *err != nil {
			d.failures.Add(driver.Failure{Time: begun, Operation: op, ID: id, Outcome: outcome, Attempt: attempt, Error: (*err).Error()})
		}
		release()
	}
}

// change begins a call that changes something, as read does. It ends with an audit record.
func (d *Driver) change(ctx context.Context, op, id string) (_ context.Context, end func(*error)) {
	bound, told := d.read(ctx, op, id)
	if d.audit == nil {
		return bound, told
	}
	begun, attempt := time.Now(), driver.Attempt(ctx)
	return bound, func(err *error) {
		told(err)
		d.audit(context.WithoutCancel(ctx), driver.AuditRecord{
			Time: begun, Owner: d.owner, Host: d.hostName(), Operation: op, ID: id,
			Outcome: dockerhv.Outcome(*err), Duration: time.Since(begun), Attempt: attempt,
		})
	}
}

// closed says so of a call that failed because the driver was closed: to the call it
// looks as if its context had ended.
func (d *Driver) closed(bound context.Context, op, id string, err error) error {
	if err == nil || !errors.Is(context.Cause(bound), dockerhv.ErrClosed) {
		return err
	}
	return d.name(op, id, errClosed())
}

// errClosed is what a call gets whose driver is closed.
func errClosed() error {
	return &dockerhv.Error{Class: dockerhv.ErrClosed, Err: engine.ErrClosed(), Next: "open it again"}
}
