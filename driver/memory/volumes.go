package memory

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

// volume is a volume with a name. What is in it no instance sees.
type volume struct {
	instance string // whose Create made it
	driver   string
	options  map[string]string
	created  time.Time
}

// localDriver is that of volumes whose mount names none.
const localDriver = "local"

// AddVolume makes a volume that is no owner's: Mount.External.
func (h *Host) AddVolume(name string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.volumes[key{id: name}] = volume{driver: localDriver, created: h.now()}
}

// makeVolumes makes those of a spec that are not there, if all that are there are what
// it says. The caller has the lock.
func (d *Driver) makeVolumes(spec driver.Spec) error {
	missing := make(map[key]volume)
	for _, m := range spec.Mounts {
		if m.Type != driver.MountVolume || m.Source == "" {
			continue
		}
		k := key{d.owner, m.Source}
		if m.External {
			k.owner = ""
		}
		want := volume{spec.ID, cmp.Or(m.Driver, localDriver), m.Options, d.host.now()}
		is, ok := d.host.volumes[k]
		switch {
		case !ok && m.External:
			return refuse(dockerhv.ErrNotFound, "make it first", "no such volume: %s", m.Source)
		case !ok:
			missing[k] = want
		case !m.External && (is.driver != want.driver || !maps.Equal(is.options, want.options)):
			return refuse(dockerhv.ErrConflict, "use its driver and options, or another volume", "the volume %s is there already and is another", m.Source)
		}
	}
	maps.Copy(d.host.volumes, missing)
	return nil
}

// inUse tells whether an instance of the owner has a volume among its mounts. The
// caller has the lock.
func (d *Driver) inUse(name string) bool {
	for k, i := range d.host.instances {
		if k.owner == d.owner && slices.ContainsFunc(i.spec.Mounts, func(m driver.Mount) bool {
			return m.Type == driver.MountVolume && !m.External && m.Source == name
		}) {
			return true
		}
	}
	return false
}

// destroyVolumes destroys those that were made for an instance and that no other uses.
func (d *Driver) destroyVolumes(id string) {
	d.host.mu.Lock()
	defer d.host.mu.Unlock()
	maps.DeleteFunc(d.host.volumes, func(k key, v volume) bool {
		return k.owner == d.owner && v.instance == id && !d.inUse(k.id)
	})
}

// Volumes returns the owner's volumes, ordered by name.
func (d *Driver) Volumes(ctx context.Context) (all []driver.Volume, err error) {
	err = d.call(ctx, "list volumes", "", func() error {
		d.host.mu.Lock()
		defer d.host.mu.Unlock()
		for k, v := range d.host.volumes {
			if k.owner == d.owner {
				all = append(all, driver.Volume{
					Name: k.id, Instance: v.instance, HostID: k.owner + "." + k.id, Driver: v.driver, Created: v.created, InUse: d.inUse(k.id),
				})
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(all, func(a, b driver.Volume) int { return cmp.Compare(a.Name, b.Name) })
	return all, nil
}

// DestroyVolume removes a volume of the owner's.
func (d *Driver) DestroyVolume(ctx context.Context, name string) error {
	return d.call(ctx, "destroy volume", name, func() error {
		d.host.mu.Lock()
		defer d.host.mu.Unlock()
		if d.inUse(name) {
			return refuse(dockerhv.ErrConflict, "destroy the instances that use it first", "the volume is in use")
		}
		delete(d.host.volumes, key{d.owner, name})
		return nil
	})
}
