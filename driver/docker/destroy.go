package docker

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/internal/engine"
)

const (
	// removingPoll is how often Destroy asks for an instance that another call is already
	// removing.
	removingPoll = 100 * time.Millisecond
	// removeAttempts is how often an engine is asked that refuses for no reason that can be
	// seen.
	removeAttempts = 3
)

// Destroy removes an instance's container and its anonymous volumes. One that
// runs is dockerhv.ErrConflict unless the options force it; an absent one is
// success. It returns when nothing is left. The volumes go last, so that a call that
// is repeated after it was cut off finds those that are left by their labels.
func (d *Driver) Destroy(ctx context.Context, id string, opts driver.DestroyOptions) (err error) {
	const op = "destroy instance"
	ctx, end := d.change(ctx, op, id)
	defer end(&err)
	err = d.locked(ctx, op, id, func(hostID string) error {
		if err := d.removeReplaced(ctx, hostID, id, opts); err != nil {
			return err
		}
		err := d.remove(ctx, hostID, opts)
		if (err == nil || errors.Is(err, dockerhv.ErrNotFound)) && !d.watcher.listening() {
			d.lives.drop(hostID) // else the event does it
		}
		return err
	})
	if err == nil || errors.Is(err, dockerhv.ErrNotFound) {
		d.seen.drop(id)
		return d.destroyVolumes(ctx, op, id, opts)
	}
	return err
}

// removeReplaced removes what a Replace has left that was cut off. It need not look
// beside a container that this driver made itself.
func (d *Driver) removeReplaced(ctx context.Context, hostID, id string, opts driver.DestroyOptions) error {
	alone := false
	d.lives.with(hostID, func(one *life) { alone = one.alone })
	if alone {
		return nil
	}
	members, err := d.members(ctx, id)
	if err != nil {
		return err
	}
	left, ok := members[engine.Replaced]
	if !ok || left.HostID == hostID {
		return nil
	}
	return d.remove(ctx, left.HostID, opts)
}

// remove removes a container. One that it must kill first has no grace, and may be
// one that does not end; the removal itself takes the time that it takes.
func (d *Driver) remove(ctx context.Context, hostID string, opts driver.DestroyOptions) error {
	call := func(ctx context.Context) error { return d.removeOrAwait(ctx, hostID, opts) }
	if !opts.Force {
		return call(ctx)
	}
	d.lives.asks(hostID, driver.ExitKilled)
	over, err := d.overdue(ctx, hostID, new(0), call)
	if !over {
		return err
	}
	ended, cancel := context.WithTimeout(ctx, d.killBudget)
	defer cancel()
	switch i, err := d.engine.Inspect(ended, hostID); {
	case errors.Is(err, dockerhv.ErrNotFound):
		return nil
	case err != nil || i.State.Active():
		return cmp.Or(ctx.Err(), d.unkillable(ctx, hostID))
	}
	return call(ctx)
}

// removeOrAwait removes a container, or waits until somebody else has who is removing it
// already. It goes on asking, for that one may give up: a removal that can't end a process
// does. A removal by force is refused for no other reason, while the state still says that
// the instance runs.
func (d *Driver) removeOrAwait(ctx context.Context, hostID string, opts driver.DestroyOptions) error {
	tick := time.NewTicker(removingPoll)
	defer tick.Stop()
	for atRest := 0; ; {
		refused := d.engine.Remove(ctx, hostID, opts.Force)
		if !errors.Is(refused, dockerhv.ErrConflict) {
			return refused
		}
		i, err := d.engine.Inspect(ctx, hostID)
		switch {
		case err != nil:
			return err
		case i.State.Active() && !opts.Force:
			return &dockerhv.Error{
				Class: dockerhv.ErrConflict, Err: fmt.Errorf("the instance is %s", i.State),
				Next: "stop it first or set DestroyOptions.Force",
			}
		case i.State != driver.Removing && !i.State.Active():
			if atRest++; atRest == removeAttempts {
				return refused
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
