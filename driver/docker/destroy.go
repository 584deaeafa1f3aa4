package docker

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

// removingPoll is how often Destroy looks at an instance that another call is
// already removing.
const removingPoll = 100 * time.Millisecond

// Destroy removes an instance's container and its anonymous volumes. One that
// runs is dockerhv.ErrConflict unless the options force it; an absent one is
// success. It returns when nothing is left.
func (d *Driver) Destroy(ctx context.Context, id string, opts driver.DestroyOptions) error {
	const op = "destroy instance"
	err := d.locked(ctx, op, id, func(hostID string) error {
		if opts.Force {
			d.lives.asks(hostID, driver.ExitKilled)
		}
		err := d.engine.Remove(ctx, hostID, opts.Force)
		if errors.Is(err, dockerhv.ErrConflict) {
			err = d.refusedRemoval(ctx, hostID, opts, err)
		}
		if (err == nil || errors.Is(err, dockerhv.ErrNotFound)) && !d.watcher.listening() {
			d.lives.drop(hostID) // else the event does it
		}
		return err
	})
	if err == nil || errors.Is(err, dockerhv.ErrNotFound) {
		d.seen.drop(id)
		return nil
	}
	return err
}

// refusedRemoval finds out why the engine would not remove: the instance runs, or
// somebody else is removing it, which is waited for. A removal by force is only
// refused for the latter, while the state still says that the instance runs.
func (d *Driver) refusedRemoval(ctx context.Context, hostID string, opts driver.DestroyOptions, refusal error) error {
	tick := time.NewTicker(removingPoll)
	defer tick.Stop()
	for {
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
			return refusal
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
