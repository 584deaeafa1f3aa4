package memory

import (
	"context"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

// Retire stops an instance and sets it aside.
func (d *Driver) Retire(ctx context.Context, id string, opts driver.StopOptions) error {
	return d.locked(ctx, "retire instance", id, func() error {
		i, retired := d.both(id)
		switch {
		case i != nil && retired != nil:
			return refuse(dockerhv.ErrConflict, "purge that one first", "another instance of this ID is retired")
		case retired != nil:
			return nil
		case i == nil:
			return &dockerhv.Error{Class: dockerhv.ErrNotFound, Next: "create the instance first"}
		}
		if err := d.host.stop(ctx, i, opts); err != nil {
			return err
		}
		d.host.mu.Lock()
		defer d.host.mu.Unlock()
		d.host.takeOut(i)
		d.host.retired[i.key], i.restful, i.state = i, i.state, driver.Retired
		return nil
	})
}

// Restore brings a retired instance back, at rest.
func (d *Driver) Restore(ctx context.Context, id string) error {
	return d.locked(ctx, "restore instance", id, func() error {
		i, retired := d.both(id)
		switch {
		case i != nil && retired != nil:
			return refuse(dockerhv.ErrExists, "destroy or retire that one first", "the ID is in use by another instance")
		case i != nil:
			return nil
		case retired == nil:
			return &dockerhv.Error{Class: dockerhv.ErrNotFound, Next: "create the instance first"}
		}
		d.host.mu.Lock()
		defer d.host.mu.Unlock()
		delete(d.host.retired, retired.key)
		retired.state = retired.restful
		d.host.putBack(retired)
		return nil
	})
}

// Purge destroys a retired instance.
func (d *Driver) Purge(ctx context.Context, id string) error {
	return d.locked(ctx, "purge instance", id, func() error {
		d.host.mu.Lock()
		defer d.host.mu.Unlock()
		delete(d.host.retired, key{d.owner, id})
		d.host.change()
		return nil
	})
}

// both returns the instance of an ID and the one that is retired; nil for none.
func (d *Driver) both(id string) (i, retired *instance) {
	d.host.mu.Lock()
	defer d.host.mu.Unlock()
	return d.host.instances[key{d.owner, id}], d.host.retired[key{d.owner, id}]
}
