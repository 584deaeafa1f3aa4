package docker

import (
	"context"
	"errors"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/internal/engine"
)

// Plan tells what it takes to bring an instance to a spec, and which fields differ.
func (d *Driver) Plan(ctx context.Context, spec driver.Spec) (change driver.Change, err error) {
	const op = "plan instance"
	ctx, end := d.read(ctx, op, spec.ID)
	defer end(&err)
	if err := errors.Join(driver.Validate(spec, *d.host.Load()), engine.Gate(spec, *d.host.Load()), d.validate(spec)); err != nil {
		return driver.Change{}, d.name(op, spec.ID, err)
	}
	err = d.do(ctx, op, spec.ID, func(hostID string) error {
		i, fields, nics, err := d.engine.Fields(ctx, hostID)
		if err != nil {
			return err
		}
		change = planNICs(driver.Differ(withoutNICs(fields, spec), i, spec), nics, spec)
		change, err = d.planHolder(ctx, change, hostID, spec)
		return err
	})
	if errors.Is(err, dockerhv.ErrNotFound) {
		return driver.Change{Action: driver.ActionCreate}, nil
	}
	return change, err
}
