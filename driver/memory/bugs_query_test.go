package memory_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/driver/memory"
)

func queryBugs() map[string]bug {
	return map[string]bug{
		"List is in no order": planted("List/is ordered by ID", func(m *mutant) {
			m.list = func(ctx context.Context, f driver.Filter) ([]driver.Instance, error) {
				all, err := m.Driver.List(ctx, f)
				slices.Reverse(all)
				return all, err
			}
		}),
		"List ignores all but the first label": planted("List/selects by ID, state and label, all of them", func(m *mutant) {
			m.list = func(ctx context.Context, f driver.Filter) ([]driver.Instance, error) {
				if len(f.Labels) > 1 {
					f.Labels = map[string]string{"all": f.Labels["all"]}
				}
				return m.Driver.List(ctx, f)
			}
		}),
		"List leaves out what has ended": planted("List/tells the same as Inspect, but what it says that it leaves out", func(m *mutant) {
			m.list = func(ctx context.Context, f driver.Filter) ([]driver.Instance, error) {
				all, err := m.Driver.List(ctx, f)
				return slices.DeleteFunc(all, func(i driver.Instance) bool { return i.State == driver.Exited }), err
			}
		}),
		"an owner sees another's instances": {"Owner/does not reach another's instance", func(h *memory.Host, d *memory.Driver, owner string) driver.Driver {
			m := &mutant{Driver: d}
			m.inspect = func(ctx context.Context, id string) (driver.Instance, error) {
				i, err := m.Driver.Inspect(ctx, id)
				if all, _ := m.Driver.List(ctx, driver.Filter{}); err != nil && len(all) == 0 {
					return h.Open(strings.TrimSuffix(owner, "-other")).Inspect(ctx, id)
				}
				return i, err
			}
			return m
		}},
		"a driver remembers what is gone": {"Owner/opened anew can use what another driver created, and the first sees it", func(_ *memory.Host, d *memory.Driver, _ string) driver.Driver {
			m, seen := &mutant{Driver: d}, map[string]bool{}
			m.create = func(ctx context.Context, s driver.Spec) (driver.Instance, error) {
				seen[s.ID] = true
				return m.Driver.Create(ctx, s)
			}
			m.start = func(ctx context.Context, id string) error {
				err := m.Driver.Start(ctx, id)
				if seen[id] && errors.Is(err, dockerhv.ErrNotFound) {
					return nil
				}
				return err
			}
			return m
		}},
		"what Inspect returns is kept": {"Sharing/what Inspect returns is the caller's to change", func(_ *memory.Host, d *memory.Driver, _ string) driver.Driver {
			m, kept := &mutant{Driver: d}, map[string]map[string]string{}
			m.inspect = func(ctx context.Context, id string) (driver.Instance, error) {
				i, err := m.Driver.Inspect(ctx, id)
				if kept[id] == nil {
					kept[id] = i.Labels
				}
				i.Labels = kept[id]
				return i, err
			}
			return m
		}},
		"an error has two lines": planted("Error/is one line that says what was attempted on what", func(m *mutant) {
			m.start = func(ctx context.Context, id string) error {
				if err := m.Driver.Start(ctx, id); err != nil {
					return fmt.Errorf("start:\n%w", err)
				}
				return nil
			}
		}),
		"an error has no type": planted("Error/is one line that says what was attempted on what", func(m *mutant) {
			m.inspect = func(ctx context.Context, id string) (driver.Instance, error) {
				i, err := m.Driver.Inspect(ctx, id)
				if errors.Is(err, dockerhv.ErrNotFound) {
					err = dockerhv.ErrNotFound
				}
				return i, err
			}
		}),
		"what was given up is told as a host that is away": planted("Error/of a call whose context has ended is the context's", func(m *mutant) {
			m.list = func(ctx context.Context, f driver.Filter) ([]driver.Instance, error) {
				all, err := m.Driver.List(ctx, f)
				if ctx.Err() != nil {
					err = &dockerhv.Error{Op: "list instances", Class: dockerhv.ErrUnavailable, Err: err}
				}
				return all, err
			}
		}),
	}
}

func waitBugs() map[string]bug {
	return map[string]bug{
		"Wait returns zero when it knows nothing": planted("Wait/of many, before and after the exit, has one result", func(m *mutant) {
			m.wait = func(ctx context.Context, id string) (driver.Exit, error) {
				exit, err := m.Driver.Wait(ctx, id)
				exit.Code = 0
				return exit, err
			}
		}),
		"Wait takes what was never started for ended": planted("Wait/waits for what was never started", func(m *mutant) {
			m.wait = func(ctx context.Context, id string) (driver.Exit, error) {
				if i, err := m.Driver.Inspect(ctx, id); err == nil && !i.State.Active() && i.Exit == nil {
					return driver.Exit{}, nil
				}
				return m.Driver.Wait(ctx, id)
			}
		}),
		"a cut is taken for an exit": planted("Cut/is no exit to one who waits", func(m *mutant) {
			m.wait = func(ctx context.Context, id string) (driver.Exit, error) {
				for {
					i, err := m.Driver.Inspect(ctx, id)
					if i.Exit != nil || errors.Is(err, dockerhv.ErrUnavailable) {
						return driver.Exit{}, nil
					}
					time.Sleep(10 * time.Millisecond)
				}
			}
		}),
		"Wait leaves a goroutine": planted("Abandoned/waiters leave nothing behind", func(m *mutant) {
			m.wait = func(ctx context.Context, id string) (driver.Exit, error) {
				go func() { _, _ = m.Driver.Wait(context.WithoutCancel(ctx), id) }()
				return m.Driver.Wait(ctx, id)
			}
		}),
		"an OOM is not told": planted("Wait/tells that the memory was used up", func(m *mutant) {
			m.wait = func(ctx context.Context, id string) (driver.Exit, error) {
				exit, err := m.Driver.Wait(ctx, id)
				exit.OOM = false
				return exit, err
			}
		}),
	}
}
