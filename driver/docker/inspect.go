package docker

import (
	"context"
	"errors"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

// Inspect returns an instance with all its fields, in one request; in one more where
// it has another's network.
func (d *Driver) Inspect(ctx context.Context, id string) (driver.Instance, error) {
	var i driver.Instance
	err := d.do(ctx, "inspect instance", id, func(hostID string) (err error) {
		i, err = d.engine.Inspect(ctx, hostID)
		return err
	})
	if err == nil && i.NetworkOf != "" && i.State.Active() {
		holder, holderErr := d.holder(ctx, i.NetworkOf)
		if !errors.Is(holderErr, dockerhv.ErrNotFound) {
			err = holderErr
		}
		i.NetworkLost = networkLost(i, holder)
	}
	if err != nil {
		return driver.Instance{}, err
	}
	return i, nil
}

// List returns the owner's instances that pass the filter, in one request.
func (d *Driver) List(ctx context.Context, filter driver.Filter) ([]driver.Instance, error) {
	instances, err := d.engine.List(ctx, d.owner, filter)
	if err != nil {
		return nil, givenUp(ctx, err)
	}
	all := len(filter.IDs) == 0 && len(filter.States) == 0 && len(filter.Labels) == 0
	markLost(instances, all)
	if all {
		d.seen.replace(instances)
	}
	return instances, nil
}
