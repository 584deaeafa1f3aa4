package memory_test

import (
	"context"
	"errors"
	"iter"

	"github.com/dockerhv/dockerhv/driver"
)

// retold is a bug in what is told of an exit, by Inspect and Wait alike.
func retold(breaks string, change func(*driver.Exit)) bug {
	return planted(breaks, func(m *mutant) {
		m.inspect = func(ctx context.Context, id string) (driver.Instance, error) {
			i, err := m.Driver.Inspect(ctx, id)
			if i.Exit != nil {
				change(i.Exit)
			}
			return i, err
		}
		m.wait = func(ctx context.Context, id string) (driver.Exit, error) {
			exit, err := m.Driver.Wait(ctx, id)
			change(&exit)
			return exit, err
		}
	})
}

func exitBugs() map[string]bug {
	return map[string]bug{
		"a code of a signal is taken for a stop": retold("Exit/by itself is normal, whatever the code", func(e *driver.Exit) {
			if e.Signal == 15 && e.Cause == driver.ExitNormal {
				e.Cause = driver.ExitStopped
			}
		}),
		"a kill after the grace is told as a stop": retold("Exit/by a stop is stopped, and killed after the grace or at once", func(e *driver.Exit) {
			if e.Cause == driver.ExitKilled {
				e.Cause = driver.ExitStopped
			}
		}),
		"a stop changes why a run has ended": planted("Exit/by a stop of what has ended keeps its cause", func(m *mutant) {
			stopped := make(map[string]bool)
			m.stop = func(ctx context.Context, id string, opts driver.StopOptions) error {
				stopped[id] = true
				return m.Driver.Stop(ctx, id, opts)
			}
			m.wait = func(ctx context.Context, id string) (driver.Exit, error) {
				exit, err := m.Driver.Wait(ctx, id)
				if stopped[id] && exit.Cause == driver.ExitNormal {
					exit.Cause = driver.ExitStopped
				}
				return exit, err
			}
		}),
		"bad health is told as a stop": retold("Exit/by a stop for bad health is unhealthy", func(e *driver.Exit) {
			if e.Cause == driver.ExitUnhealthy {
				e.Cause = driver.ExitStopped
			}
		}),
		"the signal is not told": retold("Exit/by SIGKILL is killed, and by another signal its own", func(e *driver.Exit) { e.Signal = 0 }),
		"137 is taken for OOM": retold("Exit/by the kernel for memory is oom, and by force never", func(e *driver.Exit) {
			if e.Code == 137 {
				e.OOM, e.Cause = true, driver.ExitOOM
			}
		}),
		"a failed start is a normal exit": retold("Exit/that could not begin is start-failed, also to who waits", func(e *driver.Exit) {
			if e.Cause == driver.ExitStartFailed {
				e.Cause = driver.ExitNormal
			}
		}),
		"the cause of the first run stays": planted("Exit/of each run has its own cause", func(m *mutant) {
			first := make(map[string]driver.ExitCause)
			m.wait = func(ctx context.Context, id string) (driver.Exit, error) {
				exit, err := m.Driver.Wait(ctx, id)
				if _, ok := first[id]; !ok {
					first[id] = exit.Cause
				}
				exit.Cause = first[id]
				return exit, err
			}
		}),
		"a restart is not counted": planted("Restart/is counted, and so is each further start", func(m *mutant) {
			m.inspect = func(ctx context.Context, id string) (driver.Instance, error) {
				i, err := m.Driver.Inspect(ctx, id)
				i.Restarts = 0
				return i, err
			}
		}),
		"a restart makes another instance": planted("Restart/keeps the addresses and the files", func(m *mutant) {
			specs := make(map[string]driver.Spec)
			m.create = func(ctx context.Context, s driver.Spec) (driver.Instance, error) {
				specs[s.ID] = s
				return m.Driver.Create(ctx, s)
			}
			m.restart = func(ctx context.Context, id string, _ driver.StopOptions) error {
				return errors.Join(m.Driver.Destroy(ctx, id, driver.DestroyOptions{Force: true}), func() error {
					_, err := m.Driver.Create(ctx, specs[id])
					return err
				}(), m.Driver.Start(ctx, id))
			}
		}),
		"events tell no cause": planted("Exit/is told with its cause by events", func(m *mutant) {
			m.events = func(ctx context.Context) iter.Seq2[driver.Event, error] {
				return func(yield func(driver.Event, error) bool) {
					for e, err := range m.Driver.Events(ctx) {
						e.Cause = ""
						if !yield(e, err) {
							return
						}
					}
				}
			}
		}),
	}
}
