package docker

import (
	"context"
	"errors"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/internal/engine"
)

// Start runs an instance's command. One that runs already is success, but one that
// has lost its network is started anew. A port of the host that stays in use is a
// *driver.PortInUseError, a network that is gone for good a *driver.NetworkLostError
// or a *driver.NetworkMissingError.
func (d *Driver) Start(ctx context.Context, id string) (err error) {
	const op = "start instance"
	ctx, end := d.change(ctx, op, id)
	defer end(&err)
	return d.locked(ctx, op, id, func(hostID string) error {
		return d.slots.in(ctx, func() error {
			return d.begin(ctx, id, hostID, func(lost bool) error {
				if lost {
					return d.engine.Restart(ctx, hostID, nil)
				}
				return d.engine.Start(ctx, hostID)
			})
		})
	})
}

// Stop sends the spec's signal, or else the image's, or else SIGTERM, and kills
// after the grace. One that is at rest or absent is success.
func (d *Driver) Stop(ctx context.Context, id string, opts driver.StopOptions) (err error) {
	const op = "stop instance"
	ctx, end := d.change(ctx, op, id)
	defer end(&err)
	err = d.locked(ctx, op, id, func(hostID string) error {
		return d.engine.Stop(ctx, hostID, seconds(opts))
	})
	if errors.Is(err, dockerhv.ErrNotFound) {
		return nil
	}
	return err
}

// Restart stops an instance if it runs, as Stop does, and starts it.
func (d *Driver) Restart(ctx context.Context, id string, opts driver.StopOptions) (err error) {
	const op = "restart instance"
	ctx, end := d.change(ctx, op, id)
	defer end(&err)
	return d.locked(ctx, op, id, func(hostID string) error {
		return d.begin(ctx, id, hostID, func(bool) error { return d.engine.Restart(ctx, hostID, seconds(opts)) })
	})
}

// seconds is the grace as the engine takes it; nil means the container's own,
// which Create set to the spec's.
func seconds(opts driver.StopOptions) *int {
	if opts.Grace == 0 {
		return nil
	}
	return new(max(0, engine.Seconds(opts.Grace)))
}
