package docker

import (
	"context"
	"errors"
	"iter"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

// Inspect returns an instance with all its fields, in one request; in one more where
// it has another's network.
func (d *Driver) Inspect(ctx context.Context, id string) (driver.Instance, error) {
	var i driver.Instance
	err := d.do(ctx, "inspect instance", id, func(hostID string) (err error) {
		if i, err = d.engine.Inspect(ctx, hostID); err == nil {
			i = d.explain(ctx, i)
		}
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
		d.lives.keep(instances)
	}
	return instances, nil
}

// Logs yields the lines that an instance printed.
func (d *Driver) Logs(ctx context.Context, id string, opts driver.LogOptions) iter.Seq2[driver.LogLine, error] {
	return func(yield func(driver.LogLine, error) bool) {
		const op = "read logs of instance"
		hostID, err := d.find(ctx, id)
		if err != nil {
			yield(driver.LogLine{}, d.name(op, id, givenUp(ctx, err)))
			return
		}
		for line, err := range d.engine.Logs(ctx, hostID, opts) {
			if !yield(line, d.name(op, id, givenUp(ctx, err))) {
				return
			}
		}
	}
}
