package memory_test

import (
	"context"
	"errors"
	"iter"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

// felt is a bug in what is told of the health.
func felt(breaks string, change func(*driver.Instance)) bug {
	return planted(breaks, func(m *mutant) {
		m.inspect = func(ctx context.Context, id string) (driver.Instance, error) {
			i, err := m.Driver.Inspect(ctx, id)
			change(&i)
			return i, err
		}
	})
}

// awaited is a bug in the wait for health.
func awaited(breaks string, wait func(m *mutant, ctx context.Context, id string) error) bug {
	return planted(breaks, func(m *mutant) {
		m.healthy = func(ctx context.Context, id string) error { return wait(m, ctx, id) }
	})
}

func healthBugs() map[string]bug {
	return map[string]bug{
		"what runs is healthy": awaited("Healthy/is starting, and healthy when the check passes", func(m *mutant, ctx context.Context, id string) error {
			if i, err := m.Driver.Inspect(ctx, id); err == nil && i.State == driver.Running && i.Health.Status != driver.CheckNone {
				return nil
			}
			return m.Driver.AwaitHealthy(ctx, id)
		}),
		"failures are not counted": felt("Healthy/is unhealthy when the check fails too often", func(i *driver.Instance) {
			if i.Health.Status == driver.CheckUnhealthy {
				i.Health.Status = driver.CheckStarting
			}
		}),
		"what is paused is unhealthy": felt("Healthy/is none of what has no check or does not run", func(i *driver.Instance) {
			if i.State == driver.Paused {
				i.Health.Status = driver.CheckUnhealthy
			}
		}),
		"what was never started is not awaited": awaited("Healthy/is awaited of what was never started", func(m *mutant, ctx context.Context, id string) error {
			if i, err := m.Driver.Inspect(ctx, id); err == nil && i.State == driver.Created {
				return &dockerhv.Error{Op: "await health of instance", ID: id, Class: dockerhv.ErrConflict}
			}
			return m.Driver.AwaitHealthy(ctx, id)
		}),
		"an exit is bad health": awaited("Healthy/is not awaited of what ends, which is told", func(m *mutant, ctx context.Context, id string) error {
			err := m.Driver.AwaitHealthy(ctx, id)
			if _, ok := errors.AsType[*driver.ExitError](err); ok {
				return &dockerhv.Error{Op: "await health of instance", ID: id, Err: &driver.UnhealthyError{}}
			}
			return err
		}),
		"no check is healthy": awaited("Healthy/is not awaited of what has no check or is absent", func(m *mutant, ctx context.Context, id string) error {
			if err := m.Driver.AwaitHealthy(ctx, id); !errors.Is(err, dockerhv.ErrConflict) {
				return err
			}
			return nil
		}),
		"each check is told": planted("Healthy/is told by events, each change once", func(m *mutant) {
			m.events = func(ctx context.Context) iter.Seq2[driver.Event, error] {
				return func(yield func(driver.Event, error) bool) {
					for e, err := range m.Driver.Events(ctx) {
						if !yield(e, err) || e.Type == driver.EventHealth && !yield(e, err) {
							return
						}
					}
				}
			}
		}),
	}
}
