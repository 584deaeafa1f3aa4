package docker

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

// Suspend writes a running instance to a checkpoint. Its name says which run it is of,
// so that one of a run before is never taken for it: what the files are like by then,
// no old memory fits.
func (d *Driver) Suspend(ctx context.Context, id string) (err error) {
	const op = "suspend instance"
	ctx, end := d.change(ctx, op, id)
	defer end(&err)
	if err := d.canCheckpoint(ctx); err != nil {
		return d.name(op, id, err)
	}
	return d.locked(ctx, op, id, func(hostID string) error {
		i, err := d.engine.Inspect(ctx, hostID)
		if err != nil {
			return err
		}
		if i.State != driver.Running {
			if suspended, err := d.suspended(ctx, i); suspended || err != nil {
				return err
			}
			return notRunning(i)
		}
		d.lives.asks(hostID, driver.ExitSuspended)
		if err := d.dropCheckpoints(ctx, hostID); err != nil {
			return err
		}
		if err := d.engine.Suspend(ctx, hostID, checkpointOf(i)); err != nil {
			d.lives.with(hostID, func(one *life) { one.asked = "" })
			return err
		}
		return d.awaitRest(ctx, hostID)
	})
}

// Resume starts an instance from the checkpoint of its last run.
func (d *Driver) Resume(ctx context.Context, id string) (err error) {
	const op = "resume instance"
	ctx, end := d.change(ctx, op, id)
	defer end(&err)
	if err := d.canCheckpoint(ctx); err != nil {
		return d.name(op, id, err)
	}
	return d.locked(ctx, op, id, func(hostID string) error {
		i, err := d.engine.Inspect(ctx, hostID)
		if err != nil || i.State == driver.Running {
			return err
		}
		suspended, err := d.suspended(ctx, i)
		if err != nil {
			return err
		}
		if !suspended {
			return &dockerhv.Error{Class: dockerhv.ErrConflict, Err: errors.New("the instance is not suspended"), Next: "start it"}
		}
		if err := d.fromCheckpoint(ctx, hostID, checkpointOf(i)); err != nil {
			return err
		}
		d.lives.started(hostID, false, 0, d.watcher.listening())
		return d.dropCheckpoints(ctx, hostID)
	})
}

// fromCheckpoint starts a container from a checkpoint. An engine on containerd puts
// the checkpoint there once more, which fails for a moment after it was taken: what
// was put there then is removed a little later.
func (d *Driver) fromCheckpoint(ctx context.Context, hostID, name string) error {
	deadline := time.Now().Add(patience)
	for {
		err := d.engine.Resume(ctx, hostID, name)
		if !errors.Is(err, dockerhv.ErrExists) || time.Now().After(deadline) || !pause(ctx, endPoll) {
			return err
		}
	}
}

// canCheckpoint refuses what the engine does not offer. Whether the host has a criu
// that works shows only when it is used.
func (d *Driver) canCheckpoint(ctx context.Context) error {
	host, err := d.Host(ctx)
	if err != nil || host.Experimental {
		return err
	}
	return &dockerhv.Error{
		Class: errors.ErrUnsupported, Err: fmt.Errorf("the engine %s has its experimental features switched off, which checkpoints are one of", host.Version),
		Next: `set "experimental": true in the engine's daemon.json, and install criu on the host`,
	}
}

// checkpointOf is the name of the checkpoint of an instance's last run.
func checkpointOf(i driver.Instance) string {
	return fmt.Sprintf("dockerhv-%d", i.Started.UnixNano())
}

// suspended tells whether there is a checkpoint of an instance's last run.
func (d *Driver) suspended(ctx context.Context, i driver.Instance) (bool, error) {
	if !d.host.Load().Experimental || i.Started.IsZero() || i.State.Active() {
		return false, nil
	}
	names, err := d.engine.CheckpointNames(ctx, i.HostID)
	return slices.Contains(names, checkpointOf(i)), err
}

// dropCheckpoints removes what is of no use any more.
func (d *Driver) dropCheckpoints(ctx context.Context, hostID string) error {
	names, err := d.engine.CheckpointNames(ctx, hostID)
	for _, name := range names {
		if err == nil {
			err = d.engine.DropCheckpoint(ctx, hostID, name)
		}
	}
	return err
}

// awaitRest waits until a container that was written to disk has ended, which it does
// a moment later.
func (d *Driver) awaitRest(ctx context.Context, hostID string) error {
	for {
		i, err := d.engine.Inspect(ctx, hostID)
		if err != nil || !i.State.Active() {
			return err
		}
		if !pause(ctx, endPoll) {
			return ctx.Err()
		}
	}
}
