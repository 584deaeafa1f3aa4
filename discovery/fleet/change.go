package fleet

import (
	"context"
	"iter"
	"maps"
	"slices"
	"time"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/discovery"
)

// ChangeType is what a change is about.
type ChangeType string

// The types. More may come; a reader passes over those that it does not know.
const (
	ChangeSnapshot ChangeType = "snapshot" // how a host or an instance was found, at the start or after a gap
	ChangeStatus   ChangeType = "status"   // a host's status is another
	ChangeResource ChangeType = "resource" // what the cloud does with a host is another
	ChangePower    ChangeType = "power"    // an instance's power state is another
	ChangeGap      ChangeType = "gap"      // changes may be missing before this one; it has no host
)

// Change is something that changed in the fleet.
type Change struct {
	Type ChangeType
	Time time.Time
	// Host is the host's name, and Status, Resource and Cause are what it has then.
	Host     string
	Status   discovery.Status
	Resource discovery.ResourceState
	Cause    error
	// Instance is whose power state it is; empty for a change of a host. One that is not
	// there any more is PowerMissing.
	Instance string
	Power    discovery.Power
}

// Changes yields what there is and then what changes, until the loop is broken off or
// the context ends, which is its last error. It tells first of every host and instance,
// as a ChangeSnapshot: no change between the two is lost or seen twice. A reader that is
// too slow gets a gap, and all that there is once more.
func (m *Manager) Changes(ctx context.Context) iter.Seq2[Change, error] {
	return func(yield func(Change, error) bool) {
		r := m.join()
		defer m.leave(r)
		for {
			select {
			case <-r.ready:
			case <-ctx.Done():
				yield(Change{}, &dockerhv.Error{Op: "watch fleet", Class: ctx.Err(), Err: context.Cause(ctx)})
				return
			}
			for _, c := range m.take(r) {
				if !yield(c, nil) {
					return
				}
			}
		}
	}
}

// reader is one reader of changes. The manager's lock guards its queue.
type reader struct {
	queue []Change
	room  int           // how long the queue may get
	ready chan struct{} // has a value when there is something to read
}

func (m *Manager) join() *reader {
	m.mu.Lock()
	defer m.mu.Unlock()
	r := &reader{ready: make(chan struct{}, 1)}
	m.refill(r)
	m.readers[r] = struct{}{}
	r.wake()
	return r
}

func (m *Manager) leave(r *reader) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.readers, r)
}

func (m *Manager) take(r *reader) []Change {
	m.mu.Lock()
	defer m.mu.Unlock()
	queue := r.queue
	r.queue = nil
	return queue
}

func (r *reader) wake() {
	select {
	case r.ready <- struct{}{}:
	default:
	}
}

// change is a change of a host. The caller has the lock.
func (m *Manager) change(h *host, what ChangeType) Change {
	return Change{Type: what, Time: time.Now(), Host: h.name, Status: h.status, Resource: h.resource, Cause: h.cause}
}

// powerChange is a change of an instance.
func (m *Manager) powerChange(h *host, id string) Change {
	c := m.change(h, ChangePower)
	c.Instance, c.Power = id, h.powerOf(id)
	return c
}

// snapshot is all that there is. The caller has the lock.
func (m *Manager) snapshot() []Change {
	var all []Change
	for _, name := range slices.Sorted(maps.Keys(m.hosts)) {
		h := m.hosts[name]
		all = append(all, m.change(h, ChangeSnapshot))
		for _, id := range slices.Sorted(maps.Keys(h.told)) {
			c := m.powerChange(h, id)
			c.Type = ChangeSnapshot
			all = append(all, c)
		}
	}
	return all
}

// tell tells all readers, and whoever waits for the host. The caller has the lock.
func (m *Manager) tell(h *host, c Change) {
	h.change()
	for r := range m.readers {
		if len(r.queue) < r.room {
			r.queue = append(r.queue, c)
		} else {
			m.refill(r, Change{Type: ChangeGap, Time: c.Time})
		}
		r.wake()
	}
}

// refill replaces what was not read by all that there is. A queue has room for that
// and for as many changes as the bound says. The caller has the lock.
func (m *Manager) refill(r *reader, before ...Change) {
	r.queue = append(before, m.snapshot()...)
	r.room = len(r.queue) + m.opts.ChangeBound
}

// change makes everybody who waits for the host look again. The caller has the lock.
func (h *host) change() {
	close(h.changed)
	h.changed = make(chan struct{})
}
