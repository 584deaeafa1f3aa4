package docker

import (
	"context"
	"errors"
	"time"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/internal/engine"
)

// Console connects to an instance's own command. It does not wait for other calls for
// the instance, nor they for it.
func (d *Driver) Console(ctx context.Context, id string, opts driver.ConsoleOptions) (err error) {
	const op = "open console of instance"
	ctx, end := d.change(ctx, op, id)
	defer end(&err)
	opts.Stdout, opts.Stderr = until(ctx, opts.Stdout), until(ctx, opts.Stderr)
	return d.do(ctx, op, id, func(hostID string) error {
		before, streams, err := d.engine.Streams(ctx, hostID)
		if err == nil {
			err = fits(before, streams, opts)
		}
		if err != nil {
			return err
		}
		connected, cancel := context.WithCancelCause(ctx)
		defer cancel(nil)
		go d.endConsole(connected, id, cancel)
		detached, err := d.engine.Console(connected, hostID, streams.TTY, opts)
		switch {
		case errors.Is(context.Cause(connected), errOver) || detached:
			return nil
		case err != nil:
			return d.explainExec(ctx, hostID, err)
		}
		return d.brokenOff(ctx, before)
	})
}

// lastOutput is how long the last output may take to come after the end.
const lastOutput = 2 * time.Second

var errOver = errors.New("the command has ended")

// endConsole ends a console whose command has ended. An engine that connects in the
// moment of the end keeps the connection open for the next run.
func (d *Driver) endConsole(ctx context.Context, id string, end context.CancelCauseFunc) {
	if _, err := d.Wait(ctx, id); (err == nil || errors.Is(err, dockerhv.ErrNotFound)) && pause(ctx, lastOutput) {
		end(errOver)
	}
}

// brokenOff tells an end of the output that is the command's from one that is the
// connection's.
func (d *Driver) brokenOff(ctx context.Context, before driver.Instance) error {
	after, err := d.engine.Inspect(ctx, before.HostID)
	switch {
	case errors.Is(err, dockerhv.ErrNotFound):
		return nil
	case err != nil:
		return err
	case after.State.Active() && after.Started.Equal(before.Started):
		return &dockerhv.Error{
			Class: dockerhv.ErrUnavailable, Err: errors.New("the engine broke the connection off"), Next: "connect again",
		}
	}
	return nil
}

// fits tells whether an instance can be connected with so.
func fits(i driver.Instance, streams engine.Streams, opts driver.ConsoleOptions) error {
	switch {
	case i.State == driver.Paused:
		return &dockerhv.Error{Class: dockerhv.ErrConflict, Err: errors.New("the instance is paused"), Next: "unpause it first"}
	case i.State != driver.Running:
		return notRunning(i)
	case opts.Stdin != nil && !streams.Stdin:
		return &dockerhv.Error{Class: dockerhv.ErrConflict, Err: errors.New("the instance reads no input"), Next: "give its spec a Stdin"}
	case opts.Size != (driver.WindowSize{}) && !streams.TTY:
		return &dockerhv.FieldError{Field: "size", Reason: "only a terminal has a size: give the spec a TTY"}
	}
	return nil
}
