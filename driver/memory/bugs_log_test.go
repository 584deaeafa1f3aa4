package memory_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"time"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

// numbered makes cursors of how many lines were read, which have no instance.
func numbered(m *mutant, repeat int) {
	m.logs = func(ctx context.Context, id string, opts driver.LogOptions) iter.Seq2[driver.LogLine, error] {
		return func(yield func(driver.LogLine, error) bool) {
			after, err := strconv.Atoi(opts.After)
			if err != nil && opts.After != "" {
				yield(driver.LogLine{}, &dockerhv.Error{Op: "read logs", Class: dockerhv.ErrInvalid, Err: err})
				return
			}
			opts.After = ""
			n := 0
			for l, err := range m.Driver.Logs(ctx, id, opts) {
				if n++; err == nil && n <= after-repeat {
					continue
				}
				l.Cursor = fmt.Sprint(n)
				if !yield(l, err) {
					return
				}
			}
		}
	}
}

func logBugs() map[string]bug {
	return map[string]bug{
		"a cursor repeats its line": planted("Logs/go on exactly behind a line's cursor, in any driver", func(m *mutant) { numbered(m, 1) }),
		"a cursor skips a line": planted("Logs/go on behind a cursor while lines are printed, and lose and repeat none", func(m *mutant) {
			numbered(m, -1)
		}),
		"a cursor knows no instance": planted("Logs/leave out nothing behind a cursor of an instance that is gone", func(m *mutant) { numbered(m, 0) }),
		"any text is a cursor": planted("Logs/refuse what is no cursor with ErrInvalid", func(m *mutant) {
			m.logs = func(ctx context.Context, id string, opts driver.LogOptions) iter.Seq2[driver.LogLine, error] {
				for _, err := range m.Driver.Logs(ctx, id, opts) {
					if errors.Is(err, dockerhv.ErrInvalid) {
						opts.After = ""
					}
					break
				}
				return m.Driver.Logs(ctx, id, opts)
			}
		}),
		"a cursor ends with the run": planted("Logs/go on behind a cursor after the instance was started anew", func(m *mutant) {
			m.logs = func(ctx context.Context, id string, opts driver.LogOptions) iter.Seq2[driver.LogLine, error] {
				if opts.After != "" {
					opts.After, opts.Since = "", time.Time{}
				}
				return m.Driver.Logs(ctx, id, opts)
			}
		}),
		"lines are dropped for a slow reader": planted("Logs/wait for a slow reader, and hold up nobody", func(m *mutant) {
			m.logs = func(ctx context.Context, id string, opts driver.LogOptions) iter.Seq2[driver.LogLine, error] {
				return func(yield func(driver.LogLine, error) bool) {
					ctx, cancel := context.WithCancel(ctx)
					defer cancel()
					lines := make(chan driver.LogLine, 4)
					go func() {
						defer close(lines)
						for l, err := range m.Driver.Logs(ctx, id, opts) {
							if err != nil {
								return
							}
							select {
							case lines <- l:
							default:
							}
						}
					}()
					for l := range lines {
						if !yield(l, nil) {
							return
						}
					}
				}
			}
		}),
	}
}
