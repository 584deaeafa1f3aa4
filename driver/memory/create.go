package memory

import (
	"cmp"
	"context"
	"slices"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

// Create makes the instance of a spec exist, at rest.
func (d *Driver) Create(ctx context.Context, spec driver.Spec) (created driver.Instance, err error) {
	err = d.locked(ctx, "create instance", spec.ID, func() error {
		if err := driver.Validate(spec, d.host.describe()); err != nil {
			return err
		}
		created, err = d.create(copySpec(spec))
		return err
	})
	if err != nil {
		return driver.Instance{}, err
	}
	return created, nil
}

func (d *Driver) create(spec driver.Spec) (driver.Instance, error) {
	h := d.host
	h.mu.Lock()
	defer h.mu.Unlock()
	k := key{d.owner, spec.ID}
	if i, ok := h.instances[k]; ok {
		if i.hash != spec.Hash() {
			return driver.Instance{}, refuse(dockerhv.ErrExists, "destroy that instance first or use another ID", "the ID is in use with another spec")
		}
		return i.report(), nil
	}
	image, ok := h.images[spec.Image]
	if !ok {
		return driver.Instance{}, refuse(dockerhv.ErrNotFound, "install the template first", "no such image: %s", spec.Image)
	}
	nics, holder, err := d.place(spec)
	if err != nil {
		return driver.Instance{}, err
	}
	if err := d.makeVolumes(spec); err != nil {
		return driver.Instance{}, err
	}
	i := &instance{
		on: h, plugged: nics, holder: holder,
		key: k, spec: spec, hash: spec.Hash(), image: image, hostID: h.newHostID(), number: h.made,
		state: driver.Created, created: h.now(), resources: spec.Resources.InForce(), restart: spec.Restart, log: &log{}, files: newTree(),
	}
	i.files.put("/", image.files)
	i.files.put("/", specFiles(spec.Files))
	h.instances[k] = i
	h.tell(i, driver.EventCreated, 0)
	return i.report(), nil
}

// Inspect returns one instance.
func (d *Driver) Inspect(ctx context.Context, id string) (found driver.Instance, err error) {
	err = d.call(ctx, "inspect instance", id, func() error {
		return d.on(id, func(i *instance) error {
			found = i.report()
			return nil
		})
	})
	if err != nil {
		return driver.Instance{}, err
	}
	return found, nil
}

// List returns the owner's instances that pass the filter, ordered by ID.
func (d *Driver) List(ctx context.Context, filter driver.Filter) (all []driver.Instance, err error) {
	err = d.call(ctx, "list instances", "", func() error {
		d.host.mu.Lock()
		defer d.host.mu.Unlock()
		for _, some := range []map[key]*instance{d.host.instances, d.host.retired} {
			for k, i := range some {
				if k.owner == d.owner && i.selected(filter) {
					all = append(all, i.summary())
				}
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(all, func(a, b driver.Instance) int { return cmp.Compare(a.ID, b.ID) })
	return all, nil
}
