package docker

import (
	"context"
	"errors"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

// Inspect returns an instance with all its fields, in one request; in one more where
// it has another's network, and once in one more for an exit of which no event told.
func (d *Driver) Inspect(ctx context.Context, id string) (i driver.Instance, err error) {
	const op = "inspect instance"
	ctx, end := d.read(ctx, op, id)
	defer end(&err)
	err = d.do(ctx, op, id, func(hostID string) (err error) {
		i, err = d.engine.Inspect(ctx, hostID)
		switch {
		case err != nil:
			return err
		case i.State == driver.Retired: // by somebody else, since it was looked for
			return errAbsent()
		}
		i = d.explain(ctx, i)
		return nil
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
func (d *Driver) List(ctx context.Context, filter driver.Filter) (_ []driver.Instance, err error) {
	ctx, end := d.read(ctx, "list instances", "")
	defer end(&err)
	instances, err := d.engine.List(ctx, d.owner, filter)
	if err != nil {
		return nil, givenUp(ctx, err)
	}
	all := len(filter.IDs) == 0 && len(filter.States) == 0 && len(filter.Labels) == 0
	markLost(instances, all)
	if all {
		d.seen.replace(instances)
		d.lives.keep(instances)
	}
	return instances, nil
}
