package docker

import (
	"context"
	"errors"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

// AwaitHealthy waits until an instance is healthy. However many wait, one stream of
// events serves them. A host that goes away meanwhile is waited for.
func (d *Driver) AwaitHealthy(ctx context.Context, id string) error {
	const op = "await health of instance"
	// Read first and look then, so that no change in between is missed.
	r := d.watcher.join(ctx, id)
	defer d.watcher.leave(r)
	for {
		i, err := d.Inspect(ctx, id)
		if err != nil && !errors.Is(err, dockerhv.ErrUnavailable) { // the stream tells when the host is back
			return d.name(op, id, err)
		}
		if err == nil {
			if over, err := driver.Ready(i); over {
				return d.name(op, id, err)
			}
		}
		ended, err := r.exit(ctx)
		if err != nil {
			return d.name(op, id, err)
		}
		if ended != nil && i.State.Active() { // also if it is gone or runs again before we look
			return d.name(op, id, &driver.ExitError{Exit: exitTold(ended)})
		}
	}
}
