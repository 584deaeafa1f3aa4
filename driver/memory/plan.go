package memory

import (
	"context"
	"errors"
	"slices"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

// Plan tells what it takes to bring an instance to a spec, and which fields differ.
func (d *Driver) Plan(ctx context.Context, spec driver.Spec) (change driver.Change, err error) {
	err = d.call(ctx, "plan instance", spec.ID, func() error {
		if err := driver.Validate(spec, d.host.describe()); err != nil {
			return err
		}
		err := d.on(spec.ID, func(i *instance) error {
			is := i.spec
			if len(is.NICs) > 0 || len(i.plugged) != 1 || !sameNIC(i.plugged[0], driver.NIC{}) {
				is.NICs = i.plugged // which may have changed since
			}
			change = driver.Differ(is.Fields(), i.report(), spec)
			if slices.Equal(change.Fields, []string{"nics"}) {
				change.Action = driver.ActionUpdate
			}
			return nil
		})
		if errors.Is(err, dockerhv.ErrNotFound) {
			change = driver.Change{Action: driver.ActionCreate}
			return nil
		}
		return err
	})
	return change, err
}
