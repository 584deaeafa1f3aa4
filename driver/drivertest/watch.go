package drivertest

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/dockerhv/dockerhv/driver"
)

// watch is a reader of events in the background.
type watch struct {
	t      *trial
	cancel context.CancelFunc
	ended  chan struct{}

	mu     sync.Mutex
	events []driver.Event
	errs   []error
	hold   chan struct{} // the reader is held up at its next event while not nil
}

// watch reads a driver's events until the test ends.
func (t *trial) watch(d driver.Driver) *watch {
	ctx, cancel := context.WithCancel(t.Context())
	w := &watch{t: t, cancel: cancel, ended: make(chan struct{})}
	go w.read(ctx, d)
	t.Cleanup(func() { w.end(t.T) })
	return w
}

func (w *watch) read(ctx context.Context, d driver.Driver) {
	defer close(w.ended)
	for e, err := range driver.Events(ctx, d) {
		w.mu.Lock()
		if err != nil {
			w.errs = append(w.errs, err)
		} else {
			w.events = append(w.events, e)
		}
		hold := w.hold
		w.mu.Unlock()
		if hold != nil {
			<-hold
		}
	}
}

// end ends the reading, and returns when it has ended.
func (w *watch) end(t *testing.T) {
	t.Helper()
	w.slow(false)
	w.cancel()
	select {
	case <-w.ended:
	case <-time.After(soon):
		t.Errorf("the reader of events reads on, %v after its context has ended", soon)
	}
}

// slow makes the reader stop after its next event, or go on.
func (w *watch) slow(slow bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.hold != nil {
		close(w.hold)
		w.hold = nil
	}
	if slow {
		w.hold = make(chan struct{})
	}
}

// seen returns what has been read.
func (w *watch) seen() ([]driver.Event, []error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]driver.Event(nil), w.events...), append([]error(nil), w.errs...)
}

// until waits until an event has been read.
func (w *watch) until(what driver.EventType, id string) driver.Event {
	w.t.Helper()
	var found driver.Event
	w.t.eventually(fmt.Sprintf("the event %q of %q is told", what, id), func() bool {
		events, _ := w.seen()
		for _, e := range events {
			if e.Type == what && e.ID == id {
				found = e
				return true
			}
		}
		return false
	})
	return found
}

// of returns what has been read of one instance, each event as "type state code".
func (w *watch) of(id string) []string {
	events, _ := w.seen()
	var all []string
	for _, e := range events {
		if e.ID == id {
			all = append(all, fmt.Sprintf("%s %s %d", e.Type, e.State, e.ExitCode))
		}
	}
	return all
}

// clean asserts that no errors were read, and no event that can't follow the one
// before.
func (w *watch) clean() {
	w.t.Helper()
	if _, err := w.picture(); err != nil {
		w.t.Error(err)
	}
	_, errs := w.seen()
	for _, err := range errs {
		w.t.Errorf("the reader of events got %v", err)
	}
}

// picture is what a reader knows of a host by its events alone.
type picture map[string]driver.State

// add adds an event, and tells whether it can follow what is known: each thing
// that happens is told once, in its order.
func (p picture) add(e driver.Event) error {
	old, known := p[e.ID]
	var possible bool
	switch e.Type {
	case driver.EventSnapshot:
		possible = true
	case driver.EventCreated:
		possible = !known
	case driver.EventStarted:
		possible = known && !old.Active()
	case driver.EventPaused:
		possible = old == driver.Running
	case driver.EventUnpaused:
		possible = old == driver.Paused
	case driver.EventExited:
		possible = old.Active()
	case driver.EventDestroyed:
		delete(p, e.ID)
		if !known {
			return fmt.Errorf("%s is destroyed, which was not there", e.ID)
		}
		return nil
	default:
		return nil
	}
	p[e.ID] = e.State
	if !possible {
		return fmt.Errorf("%s is %s, which was %q before", e.ID, e.Type, old)
	}
	return nil
}

// picture draws what the reader knows.
func (w *watch) picture() (picture, error) {
	p := picture{}
	events, _ := w.seen()
	var faults []error
	for _, e := range events {
		if err := p.add(e); err != nil {
			faults = append(faults, err)
		}
	}
	return p, joined(faults)
}

// drawn returns what there is, by asking.
func (t *trial) drawn() picture {
	t.Helper()
	all, err := t.driver.List(t.Context(), driver.Filter{})
	t.must(err)
	p := picture{}
	for _, i := range all {
		p[i.ID] = i.State
	}
	return p
}
