package docker

import (
	"context"

	"github.com/dockerhv/dockerhv/driver"
)

// putFiles streams the spec's files into an instance that was never started. A call
// before may have been cut off in between, and whether it had done so the engine
// can't be asked for less than it costs to do it again: the same files replace
// themselves. An instance that was started has had its files.
func (d *Driver) putFiles(ctx context.Context, i driver.Instance, spec driver.Spec) error {
	if len(spec.Files) == 0 || i.State != driver.Created {
		return nil
	}
	if err := d.engine.PutFiles(ctx, i.HostID, spec.Files); err != nil {
		return d.takeBack(ctx, i.HostID, err)
	}
	return nil
}
