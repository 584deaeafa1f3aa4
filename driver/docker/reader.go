package docker

import (
	"context"
	"iter"
	"sync"

	"github.com/dockerhv/dockerhv/driver"
)

// queueBound is how many events a reader may be behind. It bounds what a reader
// costs that does not read.
const queueBound = 1024

// reader is one reader of a watcher's events.
type reader struct {
	ready chan struct{} // has a value when there is something to read
	only  string        // the instance that it is about; empty means all
	bound int           // of the queue

	mu    sync.Mutex
	queue []driver.Event
	err   error // why the host can't be heard; nil if it can, or this was told
	away  bool  // the host can't be heard since the last event
	over  bool  // no event will come any more
}

// push adds events, and tells whether there was room.
func (r *reader) push(events ...driver.Event) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.away = false
	before := len(r.queue)
	for _, e := range events {
		if r.only == "" || r.only == e.ID || e.Type == driver.EventGap {
			r.queue = append(r.queue, e)
		}
	}
	if before > 0 && len(r.queue) > r.bound {
		return false
	}
	if len(r.queue) > before {
		r.wake()
	}
	return true
}

// replace drops what was not read in favour of what says it all: the instances that
// there are, and of what was dropped that an instance is gone.
func (r *reader) replace(events []driver.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	there := make(map[string]bool, len(events))
	for _, e := range events {
		there[e.ID] = true
	}
	for _, e := range r.queue {
		if e.Type == driver.EventDestroyed && !there[e.ID] {
			there[e.ID] = true // told once
			events = append(events, e)
		}
	}
	r.queue = events
	r.wake()
}

// fail tells that the host can't be heard, once until it is heard again.
func (r *reader) fail(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.away {
		r.away, r.err = true, err
		r.wake()
	}
}

// close tells that no event will come any more.
func (r *reader) close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.over = true
	r.wake()
}

func (r *reader) wake() {
	select {
	case r.ready <- struct{}{}:
	default:
	}
}

// take returns all there is to read.
func (r *reader) take() (events []driver.Event, err error, over bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	events, err = r.queue, r.err
	r.queue, r.err = nil, nil
	return events, err, r.over
}

// Events yields what happens to the owner's instances.
func (d *Driver) Events(ctx context.Context) iter.Seq2[driver.Event, error] {
	return func(yield func(driver.Event, error) bool) {
		const op = "watch events"
		var last error
		ctx, end := d.read(ctx, op, "")
		defer end(&last)
		r := d.watcher.join(ctx, "")
		defer d.watcher.leave(r)
		for {
			select {
			case <-r.ready:
			case <-ctx.Done():
				last = d.closed(ctx, op, "", d.name(op, "", ctx.Err()))
				yield(driver.Event{}, last)
				return
			}
			events, err, over := r.take()
			for _, e := range events {
				if !yield(e, nil) {
					return
				}
			}
			if err != nil && !yield(driver.Event{}, d.name(op, "", err)) {
				return
			}
			if over {
				last = d.name(op, "", errClosed())
				yield(driver.Event{}, last)
				return
			}
		}
	}
}
