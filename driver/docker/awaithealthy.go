package docker

import (
	"context"
	"errors"
	"time"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

// AwaitHealthy waits until an instance is healthy. However many wait, one stream of
// events serves them. A host that goes away meanwhile is waited for.
func (d *Driver) AwaitHealthy(ctx context.Context, id string) (err error) {
	const op = "await health of instance"
	ctx, end := d.read(ctx, op, id)
	defer end(&err)
	// Read first and look then, so that no change in between is missed.
	r := d.watcher.join(ctx, id)
	defer d.watcher.leave(r)
	for {
		var i driver.Instance
		err := answered(ctx, listTimeout, func(ctx context.Context) (err error) {
			i, err = d.Inspect(ctx, id)
			return err
		})
		var again <-chan time.Time // to ask once more that did not answer
		if errors.Is(err, dockerhv.ErrUnavailable) {
			i, again = driver.Instance{}, time.After(waitRetry)
		}
		if err != nil && !errors.Is(err, dockerhv.ErrUnavailable) { // it is asked again, and the stream tells when the host is back
			return d.name(op, id, err)
		}
		if err == nil {
			if over, err := driver.Ready(i); over {
				return d.name(op, id, err)
			}
		}
		ended, err := r.exit(ctx, again, tellsOfHealth)
		if err != nil {
			return d.name(op, id, err)
		}
		if ended != nil && i.State.Active() { // also if it is gone or runs again before we look
			return d.name(op, id, &driver.ExitError{Exit: exitTold(ended)})
		}
	}
}

// tellsOfHealth tells whether an event makes it worth to look how well the instance is.
func tellsOfHealth(e driver.Event) bool {
	switch e.Type { //nolint:exhaustive // the others tell nothing of it
	case driver.EventHealth, driver.EventStarted, driver.EventUnpaused, driver.EventSnapshot:
		return true
	}
	return tellsOfEnd(e)
}
