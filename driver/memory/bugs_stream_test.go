package memory_test

import (
	"context"
	"iter"

	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/driver/memory"
)

// told changes what a reader of events is told.
func told(m *mutant, change func(driver.Event) []driver.Event) {
	m.events = func(ctx context.Context) iter.Seq2[driver.Event, error] {
		return func(yield func(driver.Event, error) bool) {
			for e, err := range m.Driver.Events(ctx) {
				if err != nil {
					if !yield(e, err) {
						return
					}
					continue
				}
				for _, e := range change(e) {
					if !yield(e, nil) {
						return
					}
				}
			}
		}
	}
}

func eventBugs() map[string]bug {
	without := func(what driver.EventType) func(driver.Event) []driver.Event {
		return func(e driver.Event) []driver.Event {
			if e.Type == what {
				return nil
			}
			return []driver.Event{e}
		}
	}
	return map[string]bug{
		"events are told twice": planted("Events/tells of a life once and in order", func(m *mutant) {
			told(m, func(e driver.Event) []driver.Event { return []driver.Event{e, e} })
		}),
		"an exit is not told": planted("Events/tells of a life once and in order", func(m *mutant) { told(m, without(driver.EventExited)) }),
		"there is no snapshot": planted("Events/tells first of what there is, each once", func(m *mutant) {
			told(m, without(driver.EventSnapshot))
		}),
		"an exit has no code": planted("Events/tells of a life once and in order", func(m *mutant) {
			told(m, func(e driver.Event) []driver.Event {
				e.ExitCode = 0
				return []driver.Event{e}
			})
		}),
		"a gap is hidden": planted("Cut/is told once to a reader of events, and then what changed", func(m *mutant) { told(m, without(driver.EventGap)) }),
		"a slow reader misses what was destroyed": planted("Events/brings a slow reader up to date, and lets it hold up nobody", func(m *mutant) {
			told(m, without(driver.EventDestroyed))
		}),
		"events end without an error": planted("Events/ends with its context's error", func(m *mutant) {
			m.events = func(ctx context.Context) iter.Seq2[driver.Event, error] {
				return func(yield func(driver.Event, error) bool) {
					for e, err := range m.Driver.Events(ctx) {
						if err != nil || !yield(e, nil) {
							return
						}
					}
				}
			}
		}),
		"another owner's events are told": {"Events/tells of the owner's instances alone", func(h *memory.Host, d *memory.Driver, owner string) driver.Driver {
			m := &mutant{Driver: d}
			m.events = func(ctx context.Context) iter.Seq2[driver.Event, error] { return h.Open(owner + "-other").Events(ctx) }
			return m
		}},
	}
}
