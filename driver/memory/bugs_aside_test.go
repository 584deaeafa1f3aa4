package memory_test

import (
	"context"
	"errors"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

// replaces is a bug in Replace.
func replaces(breaks string, change func(*driver.ReplaceOptions)) bug {
	return planted(breaks, func(m *mutant) {
		m.replace = func(ctx context.Context, s driver.Spec, opts driver.ReplaceOptions) (driver.Instance, error) {
			change(&opts)
			return m.Driver.Replace(ctx, s, opts)
		}
	})
}

func asideBugs() map[string]bug {
	return map[string]bug{
		"Replace begins with the end": replaces("Replace/stops the old one first, or last if asked to", func(o *driver.ReplaceOptions) { o.StartFirst = !o.StartFirst }),
		"Replace waits for nothing": replaces("Replace/has the old one back if the new one ends", func(o *driver.ReplaceOptions) {
			o.Ready = func(context.Context, driver.Instance) error { return nil }
		}),
		"Replace does not ask the caller": replaces("Replace/has the old one back if the caller says so or gives up", func(o *driver.ReplaceOptions) { o.Ready = nil }),
		"Replace has no way back": planted("Replace/has the old one back if the new one can't be started", func(m *mutant) {
			m.replace = func(ctx context.Context, s driver.Spec, opts driver.ReplaceOptions) (driver.Instance, error) {
				i, err := m.Driver.Replace(ctx, s, opts)
				if errors.Is(err, dockerhv.ErrInvalid) {
					_ = m.Driver.Destroy(ctx, s.ID, driver.DestroyOptions{Force: true})
					_, _ = m.Driver.Create(ctx, s)
				}
				return i, err
			}
		}),
		"Replace creates what is absent": planted("Replace/of an absent instance is ErrNotFound", func(m *mutant) {
			m.replace = func(ctx context.Context, s driver.Spec, opts driver.ReplaceOptions) (driver.Instance, error) {
				i, err := m.Driver.Replace(ctx, s, opts)
				if errors.Is(err, dockerhv.ErrNotFound) {
					return m.Driver.Create(ctx, s)
				}
				return i, err
			}
		}),
		"Retire loses who is rescued": planted("Rescue/runs another image in an instance's place, and Unrescue has it back", func(m *mutant) {
			m.retire = func(ctx context.Context, id string, _ driver.StopOptions) error {
				return m.Driver.Destroy(ctx, id, driver.DestroyOptions{Force: true})
			}
		}),
		"Restore forgets who is rescued": planted("Rescue/that fails has the instance back as it was", func(m *mutant) {
			m.restore = func(context.Context, string) error { return nil }
		}),
		"Destroy takes the volumes of who is rescued": planted("Rescue/has the instance's volumes, and neither its environment nor its policy", func(m *mutant) {
			m.destroy = func(ctx context.Context, id string, opts driver.DestroyOptions) error {
				opts.Volumes = true
				return m.Driver.Destroy(ctx, id, opts)
			}
		}),
		"Retire destroys": planted("Retire/hides an instance, and Restore has it back as it was", func(m *mutant) {
			m.retire = func(ctx context.Context, id string, _ driver.StopOptions) error {
				return m.Driver.Destroy(ctx, id, driver.DestroyOptions{Force: true})
			}
		}),
		"Retire only stops": planted("Retire/is listed if asked for", func(m *mutant) {
			m.retire = func(ctx context.Context, id string, opts driver.StopOptions) error {
				return m.Driver.Stop(ctx, id, opts)
			}
		}),
		"Retire kills at once": planted("Retire/stops what runs, with its grace", func(m *mutant) {
			m.retire = func(ctx context.Context, id string, _ driver.StopOptions) error {
				return m.Driver.Retire(ctx, id, driver.StopOptions{Grace: -1})
			}
		}),
		"Restore replaces what has the ID": planted("Retire/frees the ID, and never mixes two up", func(m *mutant) {
			m.restore = func(ctx context.Context, id string) error {
				err := m.Driver.Restore(ctx, id)
				if errors.Is(err, dockerhv.ErrExists) {
					_ = m.Driver.Destroy(ctx, id, driver.DestroyOptions{Force: true})
					return m.Driver.Restore(ctx, id)
				}
				return err
			}
		}),
		"Restore drops the policy": planted("Retire/keeps the restart policy, and does not let it work", func(m *mutant) {
			m.restore = func(ctx context.Context, id string) error {
				return errors.Join(m.Driver.Restore(ctx, id), m.SetRestart(ctx, id, driver.Restart{}))
			}
		}),
		"what is retired has no NICs": planted("Retire/keeps its network, and itself, from the sweep", func(m *mutant) {
			m.list = func(ctx context.Context, f driver.Filter) ([]driver.Instance, error) {
				all, err := m.Driver.List(ctx, f)
				for n := range all {
					if all[n].State == driver.Retired {
						all[n].NICs = nil
					}
				}
				return all, err
			}
		}),
		"Purge takes what is not retired": planted("Retire/is ended by Purge for good", func(m *mutant) {
			m.purge = func(ctx context.Context, id string) error {
				return errors.Join(m.Driver.Purge(ctx, id), m.Driver.Destroy(ctx, id, driver.DestroyOptions{Force: true}))
			}
		}),
	}
}
