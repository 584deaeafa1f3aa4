package memory_test

import (
	"context"
	"errors"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/driver/memory"
)

func volumeBugs() map[string]bug {
	return map[string]bug{
		"Create drops the mounts that it can't have": planted("Create/refuses what is invalid and creates nothing", func(m *mutant) {
			m.create = func(ctx context.Context, s driver.Spec) (driver.Instance, error) {
				i, err := m.Driver.Create(ctx, s)
				if errors.Is(err, dockerhv.ErrInvalid) && len(s.Mounts) > 0 {
					s.Mounts = nil
					return m.Driver.Create(ctx, s)
				}
				return i, err
			}
		}),
		"Create makes volumes before it looks": planted("Volume/is not made for what is refused", func(m *mutant) {
			m.create = func(ctx context.Context, s driver.Spec) (driver.Instance, error) {
				i, err := m.Driver.Create(ctx, s)
				if s.Resources.Memory == 1 {
					s.Resources.Memory = 0
					_, _ = m.Driver.Create(ctx, s)
					_ = m.Driver.Destroy(ctx, s.ID, driver.DestroyOptions{})
				}
				return i, err
			}
		}),
		"Create goes without a volume that is another": planted("Volume/that is another is ErrConflict and is not used", func(m *mutant) {
			m.create = func(ctx context.Context, s driver.Spec) (driver.Instance, error) {
				i, err := m.Driver.Create(ctx, s)
				if errors.Is(err, dockerhv.ErrConflict) {
					s.Mounts = nil
					return m.Driver.Create(ctx, s)
				}
				return i, err
			}
		}),
		"Destroy takes the volumes along": planted("Volume/is kept by Destroy, and used again", func(m *mutant) {
			m.destroy = func(ctx context.Context, id string, opts driver.DestroyOptions) error {
				opts.Volumes = true
				return m.Driver.Destroy(ctx, id, opts)
			}
		}),
		"Destroy leaves the volumes": planted("Volume/goes with the instance that it was made for, if so told", func(m *mutant) {
			m.destroy = func(ctx context.Context, id string, opts driver.DestroyOptions) error {
				opts.Volumes = false
				return m.Driver.Destroy(ctx, id, opts)
			}
		}),
		"Destroy of what is absent leaves the volumes": planted("Volume/goes with the instance that it was made for, if so told", func(m *mutant) {
			m.destroy = func(ctx context.Context, id string, opts driver.DestroyOptions) error {
				if _, err := m.Driver.Inspect(ctx, id); errors.Is(err, dockerhv.ErrNotFound) {
					return nil
				}
				return m.Driver.Destroy(ctx, id, opts)
			}
		}),
		"Destroy takes all volumes along that are unused": planted("Volume/that another instance uses or made stays", func(m *mutant) {
			m.destroy = func(ctx context.Context, id string, opts driver.DestroyOptions) error {
				if err := m.Driver.Destroy(ctx, id, opts); err != nil || !opts.Volumes {
					return err
				}
				all, _ := m.Driver.Volumes(ctx)
				for _, v := range all {
					_ = m.Driver.DestroyVolume(ctx, v.Name)
				}
				return nil
			}
		}),
		"volumes have no owner": {"Volume/is its owner's alone", func(h *memory.Host, d *memory.Driver, owner string) driver.Driver {
			m := &mutant{Driver: d}
			m.volumes = func(ctx context.Context) ([]driver.Volume, error) {
				mine, err := d.Volumes(ctx)
				theirs, _ := h.Open(owner + "-other").Volumes(ctx)
				return append(mine, theirs...), err
			}
			return m
		}},
		"a volume that is in use can be destroyed": planted("Volume/in use is not destroyed", func(m *mutant) {
			m.destroyVolume = func(ctx context.Context, name string) error {
				if err := m.Driver.DestroyVolume(ctx, name); !errors.Is(err, dockerhv.ErrConflict) {
					return err
				}
				return nil
			}
		}),
		"a volume that is absent can't be destroyed": planted("Volume/that is absent is destroyed with success", func(m *mutant) {
			m.destroyVolume = func(ctx context.Context, name string) error {
				all, _ := m.Driver.Volumes(ctx)
				for _, v := range all {
					if v.Name == name {
						return m.Driver.DestroyVolume(ctx, name)
					}
				}
				return &dockerhv.Error{Op: "destroy volume", ID: name, Class: dockerhv.ErrNotFound}
			}
		}),
	}
}
