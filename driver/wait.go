package driver

import (
	"context"
	"time"

	"github.com/dockerhv/dockerhv"
)

// Waiter is a driver that is told by its host when an instance ends.
type Waiter interface {
	// Wait returns how the instance's command ended, at once if it has already.
	// An instance that is absent, or is destroyed meanwhile, is
	// dockerhv.ErrNotFound; one that was never started is waited for. A broken
	// connection is dockerhv.ErrUnavailable, never an exit.
	Wait(ctx context.Context, id string) (Exit, error)
}

// pollInterval is how often Wait asks a driver that is no Waiter.
const pollInterval = 500 * time.Millisecond

// Wait waits until an instance's command has ended, as [Waiter] says. It asks a
// driver that is no Waiter twice a second.
func Wait(ctx context.Context, d Driver, id string) (Exit, error) {
	if w, ok := As[Waiter](d); ok {
		return w.Wait(ctx, id)
	}
	tick := time.NewTicker(pollInterval)
	defer tick.Stop()
	for {
		i, err := d.Inspect(ctx, id)
		if err != nil {
			return Exit{}, err
		}
		if i.Exit != nil && !i.State.Active() {
			return *i.Exit, nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return Exit{}, &dockerhv.Error{Op: "wait for instance", ID: id, Class: ctx.Err(), Err: context.Cause(ctx)}
		}
	}
}
