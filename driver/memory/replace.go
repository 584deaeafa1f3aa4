package memory

import (
	"context"
	"errors"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

// Replace puts another instance in the place of one.
func (d *Driver) Replace(ctx context.Context, spec driver.Spec, opts driver.ReplaceOptions) (replaced driver.Instance, err error) {
	err = d.locked(ctx, "replace instance", spec.ID, func() error {
		if err := driver.Validate(spec, d.host.describe()); err != nil {
			return err
		}
		old, _ := d.both(spec.ID)
		if old == nil {
			return &dockerhv.Error{Class: dockerhv.ErrNotFound, Next: "create the instance first"}
		}
		if old.hash != spec.Hash() {
			if err := d.replace(ctx, old, copySpec(spec), opts); err != nil {
				return err
			}
		}
		return d.on(spec.ID, func(i *instance) error {
			replaced = i.report()
			return nil
		})
	})
	if err != nil {
		return driver.Instance{}, err
	}
	return replaced, nil
}

func (d *Driver) replace(ctx context.Context, old *instance, spec driver.Spec, opts driver.ReplaceOptions) error {
	d.host.mu.Lock()
	ran := old.state.Active()
	d.host.mu.Unlock()
	if !opts.StartFirst {
		if err := d.host.stop(ctx, old, opts.Stop); err != nil {
			return err
		}
	}
	d.host.mu.Lock()
	d.host.takeOut(old)
	d.host.replaced[old] = true
	d.host.mu.Unlock()
	_, err := d.create(spec)
	if err == nil {
		err = d.start(ctx, spec.ID)
	}
	if err == nil {
		err = opts.Await(ctx, d, spec.ID)
	}
	if err != nil {
		if failed := d.rollBack(ctx, old, ran); failed != nil {
			return errors.Join(err, failed)
		}
		return err
	}
	err = d.host.stop(ctx, old, opts.Stop)
	d.host.mu.Lock()
	defer d.host.mu.Unlock()
	delete(d.host.replaced, old)
	return err
}

// rollBack has the old instance back.
func (d *Driver) rollBack(ctx context.Context, old *instance, ran bool) error {
	if err := d.destroy(old.id, driver.DestroyOptions{Force: true}); err != nil && !errors.Is(err, dockerhv.ErrNotFound) {
		return err
	}
	d.host.mu.Lock()
	defer d.host.mu.Unlock()
	delete(d.host.replaced, old)
	d.host.putBack(old)
	if !ran || old.state.Active() {
		return nil
	}
	return d.host.start(context.WithoutCancel(ctx), old)
}
