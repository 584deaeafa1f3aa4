package memory_test

import (
	"context"
	"errors"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

func suspendBugs() map[string]bug {
	return map[string]bug{
		"Resume begins anew": planted("Suspend/ends the command, and Resume lets it go on", func(m *mutant) {
			m.resume = func(ctx context.Context, id string) error { return m.Driver.Start(ctx, id) }
		}),
		"Suspend pauses": planted("Suspend/ends the command, and Resume lets it go on", func(m *mutant) {
			m.suspend = func(ctx context.Context, id string) error { return m.Driver.Pause(ctx, id) }
			m.resume = func(ctx context.Context, id string) error { return m.Unpause(ctx, id) }
		}),
		"Resume of what runs is refused": planted("Suspend/is success for what is suspended, as Resume for what runs", func(m *mutant) {
			m.resume = func(ctx context.Context, id string) error {
				if i, err := m.Driver.Inspect(ctx, id); err == nil && i.State == driver.Running {
					return &dockerhv.Error{Op: "resume instance", ID: id, Class: dockerhv.ErrConflict}
				}
				return m.Driver.Resume(ctx, id)
			}
		}),
		"a suspended instance is told as stopped": retold("Suspend/is told by Inspect, also to another driver", func(e *driver.Exit) {
			if e.Cause == driver.ExitSuspended {
				e.Cause = driver.ExitStopped
			}
		}),
		"Resume starts what was not suspended": planted("Suspend/of what does not run is ErrConflict, as Resume of what was not suspended", func(m *mutant) {
			m.resume = func(ctx context.Context, id string) error {
				if err := m.Driver.Resume(ctx, id); !errors.Is(err, dockerhv.ErrConflict) {
					return err
				}
				return m.Driver.Start(ctx, id)
			}
		}),
	}
}
