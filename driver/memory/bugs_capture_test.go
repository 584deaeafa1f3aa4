package memory_test

import (
	"context"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/driver/memory"
	"github.com/dockerhv/dockerhv/template"
)

// captures is a bug in Capture.
func captures(breaks string, capture func(m *mutant, ctx context.Context, id string, opts driver.CaptureOptions) (template.Image, error)) bug {
	return planted(breaks, func(m *mutant) {
		m.capture = func(ctx context.Context, id string, opts driver.CaptureOptions) (template.Image, error) {
			return capture(m, ctx, id, opts)
		}
	})
}

func captureBugs() map[string]bug {
	return map[string]bug{
		"a capture is the template's image": {
			"Capture/takes the files along, and none that come later",
			func(h *memory.Host, d *memory.Driver, _ string) driver.Driver {
				m := &mutant{Driver: d}
				m.capture = func(ctx context.Context, id string, opts driver.CaptureOptions) (template.Image, error) {
					if _, err := d.Capture(ctx, id, opts); err != nil {
						return template.Image{}, err
					}
					return h.Put(opts.Reference, memory.Image{Command: []string{"serve"}}), nil
				}
				return m
			},
		},
		"a capture stops the instance": captures("Capture/leaves the instance as it was", func(m *mutant, ctx context.Context, id string, opts driver.CaptureOptions) (template.Image, error) {
			if err := m.Stop(ctx, id, driver.StopOptions{Grace: -1}); err != nil {
				return template.Image{}, err
			}
			return m.Driver.Capture(ctx, id, opts)
		}),
		"a capture ends a pause": captures("Capture/leaves the instance as it was", func(m *mutant, ctx context.Context, id string, opts driver.CaptureOptions) (template.Image, error) {
			image, err := m.Driver.Capture(ctx, id, opts)
			if i, _ := m.Inspect(ctx, id); i.State == driver.Paused {
				return image, m.Unpause(ctx, id)
			}
			return image, err
		}),
		"each capture is another": captures("Capture/again returns the same image, also by another driver", func(m *mutant, ctx context.Context, id string, opts driver.CaptureOptions) (template.Image, error) {
			if err := m.Images().Remove(ctx, opts.Reference); err != nil {
				return template.Image{}, err
			}
			return m.Driver.Capture(ctx, id, opts)
		}),
		"a capture takes another's name": captures("Capture/under a name that is taken is ErrExists", func(m *mutant, ctx context.Context, id string, opts driver.CaptureOptions) (template.Image, error) {
			if err := m.Images().Remove(ctx, opts.Reference); err != nil {
				return template.Image{}, err
			}
			return m.Driver.Capture(ctx, id, opts)
		}),
		"a capture of what is at rest is refused": captures("Capture/works at rest", func(m *mutant, ctx context.Context, id string, opts driver.CaptureOptions) (template.Image, error) {
			if i, err := m.Inspect(ctx, id); err == nil && !i.State.Active() {
				return template.Image{}, &dockerhv.Error{Op: "capture instance", ID: id, Class: dockerhv.ErrConflict}
			}
			return m.Driver.Capture(ctx, id, opts)
		}),
	}
}
