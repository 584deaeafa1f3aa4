package docker

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

// Pause freezes a running instance. One that is paused is success.
func (d *Driver) Pause(ctx context.Context, id string) error {
	return d.switched(ctx, "pause instance", id, driver.Paused, d.engine.Pause)
}

// Unpause lets a paused instance go on. One that runs is success.
func (d *Driver) Unpause(ctx context.Context, id string) error {
	return d.switched(ctx, "unpause instance", id, driver.Running, d.engine.Unpause)
}

// How long an engine may contradict itself about what is paused, and what lies between two
// attempts.
const (
	switchPatience = 2 * time.Second
	switchPause    = 20 * time.Millisecond
)

// switched calls an operation that leads to a state, unless the instance is in it
// already; the engine calls that a failure.
//
// Engine 20.10 refuses it for a moment after the one before, too: when what containerd
// tells of that one comes late, it takes a paused instance for one that runs, and back.
func (d *Driver) switched(
	ctx context.Context, op, id string, to driver.State, call func(context.Context, string) error,
) (err error) {
	ctx, end := d.change(ctx, op, id)
	defer end(&err)
	return d.locked(ctx, op, id, func(hostID string) error {
		var refused error
		for deadline := time.Now().Add(switchPatience); ; {
			i, err := d.engine.Inspect(ctx, hostID)
			switch {
			case err != nil:
				return err
			case i.State == to:
				return nil
			case !i.State.Active():
				return notRunning(i)
			case time.Now().After(deadline):
				return refused
			}
			if refused = call(ctx, hostID); !errors.Is(refused, dockerhv.ErrConflict) {
				return refused
			}
			select {
			case <-time.After(switchPause):
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	})
}

// Signal signals an instance's command.
func (d *Driver) Signal(ctx context.Context, id, signal string) (err error) {
	const op = "signal instance"
	ctx, end := d.change(ctx, op, id)
	defer end(&err)
	if err := driver.ValidateSignal(signal); err != nil {
		return d.name(op, id, err)
	}
	return d.locked(ctx, op, id, func(hostID string) error {
		switch number := driver.SignalNumber(signal); {
		case number == driver.SIGKILL:
			d.lives.asks(hostID, driver.ExitKilled)
		case driver.Ends(number):
			d.lives.asks(hostID, driver.ExitNormal)
		}
		err := d.engine.Signal(ctx, hostID, signal)
		if err == nil {
			return nil
		}
		// Engines tell an instance at rest in several ways; its state is the proof.
		if i, inspectErr := d.engine.Inspect(ctx, hostID); inspectErr == nil && !i.State.Active() {
			return notRunning(i)
		}
		return err
	})
}

// Resize changes the bounds of an instance that exists.
func (d *Driver) Resize(ctx context.Context, id string, r driver.Resources) (err error) {
	const op = "resize instance"
	ctx, end := d.change(ctx, op, id)
	defer end(&err)
	host := *d.host.Load()
	if err := driver.ValidateResize(r, host); err != nil {
		return d.name(op, id, err)
	}
	return d.locked(ctx, op, id, func(hostID string) error {
		// Engines take what does not go with a bound that stays.
		i, err := d.engine.Inspect(ctx, hostID)
		if err == nil {
			err = driver.ValidateResources(i.Resources.Resized(r), host)
		}
		if err != nil {
			return err
		}
		return d.engine.Resize(ctx, hostID, r, host)
	})
}

// SetRestart changes when the engine starts an instance again by itself.
func (d *Driver) SetRestart(ctx context.Context, id string, r driver.Restart) (err error) {
	const op = "set restart policy of instance"
	ctx, end := d.change(ctx, op, id)
	defer end(&err)
	if err := driver.ValidateRestart(r); err != nil {
		return d.name(op, id, err)
	}
	return d.locked(ctx, op, id, func(hostID string) error {
		d.lives.with(hostID, func(one *life) { one.plain, one.rests = false, false })
		return d.engine.SetRestart(ctx, hostID, r)
	})
}

func notRunning(i driver.Instance) error {
	return &dockerhv.Error{
		Class: dockerhv.ErrConflict, Err: fmt.Errorf("the instance is %s", i.State), Next: "start it first",
	}
}
