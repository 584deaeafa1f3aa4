package memory_test

import (
	"context"
	"errors"
	"io"
	"iter"
	"slices"
	"time"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/driver/memory"
)

func otherBugs() map[string]bug {
	return map[string]bug{
		"logs are in no order": planted("Logs/yields the lines in order, each with its stream and time", func(m *mutant) {
			m.logs = func(ctx context.Context, id string, opts driver.LogOptions) iter.Seq2[driver.LogLine, error] {
				return func(yield func(driver.LogLine, error) bool) {
					var lines []driver.LogLine
					for l, err := range m.Driver.Logs(ctx, id, opts) {
						if err != nil {
							yield(l, err)
							return
						}
						lines = append(lines, l)
					}
					for _, l := range slices.Backward(lines) {
						if !yield(l, nil) {
							return
						}
					}
				}
			}
		}),
		"logs ignore Tail": planted("Logs/yields the last lines", func(m *mutant) {
			m.logs = func(ctx context.Context, id string, opts driver.LogOptions) iter.Seq2[driver.LogLine, error] {
				opts.Tail = 0
				return m.Driver.Logs(ctx, id, opts)
			}
		}),
		"logs do not follow": planted("Logs/follows from the last lines on, and loses and repeats none", func(m *mutant) {
			m.logs = func(ctx context.Context, id string, opts driver.LogOptions) iter.Seq2[driver.LogLine, error] {
				time.Sleep(50 * time.Millisecond)
				opts.Follow = false
				return m.Driver.Logs(ctx, id, opts)
			}
		}),
		"Pause of what is at rest is success": planted("Pause/of what is at rest is ErrConflict, as Unpause", func(m *mutant) {
			m.pause = func(ctx context.Context, id string) error {
				if err := m.Driver.Pause(ctx, id); !errors.Is(err, dockerhv.ErrConflict) {
					return err
				}
				return nil
			}
		}),
		"an unknown signal is sent as SIGTERM": planted("Signal/that is unknown is ErrInvalid and changes nothing", func(m *mutant) {
			m.signal = func(ctx context.Context, id, signal string) error {
				if err := m.Driver.Signal(ctx, id, signal); !errors.Is(err, dockerhv.ErrInvalid) {
					return err
				}
				return m.Driver.Signal(ctx, id, "SIGTERM")
			}
		}),
		"Resize takes the bounds away that are zero": planted("Resize/leaves a bound of zero as it is", func(m *mutant) {
			m.resize = func(ctx context.Context, id string, r driver.Resources) error {
				if r.Memory == 0 {
					r.Memory = 8 << 30
				}
				return m.Driver.Resize(ctx, id, r)
			}
		}),
		"Resize changes the two old bounds alone": planted("Resize/changes every bound that it can, in place", func(m *mutant) {
			m.resize = func(ctx context.Context, id string, r driver.Resources) error {
				return m.Driver.Resize(ctx, id, driver.Resources{CPUs: r.CPUs, Memory: r.Memory})
			}
		}),
		"a plan compares the hash alone": planted("Plan/of what can be changed in place is an update, which Resize and SetRestart make", func(m *mutant) {
			m.plan = func(ctx context.Context, s driver.Spec) (driver.Change, error) {
				change, err := m.Driver.Plan(ctx, s)
				if change.Action == driver.ActionUpdate {
					change.Action = driver.ActionRecreate
				}
				return change, err
			}
		}),
		"a plan names no fields": planted("Plan/of another spec is to recreate, and names the fields", func(m *mutant) {
			m.plan = func(ctx context.Context, s driver.Spec) (driver.Change, error) {
				change, err := m.Driver.Plan(ctx, s)
				change.Fields = nil
				return change, err
			}
		}),
		"Exec returns before the output is written": planted("Exec/returns after all output was written", func(m *mutant) {
			m.exec = func(ctx context.Context, id string, c driver.Command) (int, error) {
				if c.Stdout != nil {
					c.Stdout = &late{to: c.Stdout}
				}
				return m.Driver.Exec(ctx, id, c)
			}
		}),
		"Exec mixes the outputs": planted("Exec/parts the two outputs", func(m *mutant) {
			m.exec = func(ctx context.Context, id string, c driver.Command) (int, error) {
				c.Stderr = c.Stdout
				return m.Driver.Exec(ctx, id, c)
			}
		}),
		"Exec that is given up goes on": planted("Exec/that is given up leaves no process", func(m *mutant) {
			m.exec = func(ctx context.Context, id string, c driver.Command) (int, error) {
				done := make(chan func() (int, error), 1)
				go func() {
					code, err := m.Driver.Exec(context.WithoutCancel(ctx), id, c)
					done <- func() (int, error) { return code, err }
				}()
				select {
				case result := <-done:
					return result()
				case <-ctx.Done():
					return 0, &dockerhv.Error{Op: "exec in instance", ID: id, Class: ctx.Err()}
				}
			}
		}),
		"Copy ignores what breaks off": planted("Copy/of an archive that breaks off is an error", func(m *mutant) {
			m.copyIn = func(ctx context.Context, id, folder string, archive io.Reader) error {
				if err := m.Driver.CopyIn(ctx, id, folder, archive); !errors.Is(err, dockerhv.ErrIntegrity) {
					return err
				}
				return nil
			}
		}),
		"Copy refuses to replace": planted("Copy/replaces what is there", func(m *mutant) {
			copied := 0
			m.copyIn = func(ctx context.Context, id, folder string, archive io.Reader) error {
				if copied++; copied > 1 {
					return nil
				}
				return m.Driver.CopyIn(ctx, id, folder, archive)
			}
		}),
		"Stats tell of what is at rest": planted("Stats/measures what runs, and nothing else", func(m *mutant) {
			m.stats = func(ctx context.Context, f driver.Filter) (map[string]driver.Stats, error) {
				stats, err := m.Driver.Stats(ctx, f)
				all, _ := m.Driver.List(ctx, f)
				for _, i := range all {
					if _, ok := stats[i.ID]; !ok {
						stats[i.ID] = driver.Stats{Time: time.Now()}
					}
				}
				return stats, err
			}
		}),
		"the first CPU average is a guess": planted("Stats/counts the CPU time, which only grows", func(m *mutant) {
			m.stats = func(ctx context.Context, f driver.Filter) (map[string]driver.Stats, error) {
				stats, err := m.Driver.Stats(ctx, f)
				for id, s := range stats {
					s.CPUs = max(s.CPUs, 0)
					stats[id] = s
				}
				return stats, err
			}
		}),
		"a used image is told as removed": {"Images/that an instance uses are not removed", func(_ *memory.Host, d *memory.Driver, _ string) driver.Driver {
			return careless{d}
		}},
	}
}

// late writes the last of what it gets when nobody waits for it any more.
type late struct {
	to   io.Writer
	held []byte
}

func (l *late) Write(p []byte) (int, error) {
	if _, err := l.to.Write(l.held); err != nil {
		return 0, err
	}
	l.held = slices.Clone(p)
	return len(p), nil
}
