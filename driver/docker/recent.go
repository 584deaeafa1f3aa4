package docker

import (
	"time"

	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/internal/engine"
)

// recentEvents is how many events are remembered: more than an engine does, which
// is 256.
const recentEvents = 512

// recent remembers events, to know those that come again. The zero value is ready
// to use.
type recent struct {
	seen map[eventKey]struct{}
	ring []eventKey
	next int // in the ring, the oldest
}

// eventKey tells an event from every other.
type eventKey struct {
	hostID string
	what   driver.EventType
	time   time.Time
}

// add remembers an event, and tells whether it is new.
func (r *recent) add(e engine.Event) bool {
	key := eventKey{e.HostID, e.Type, e.Time}
	if _, ok := r.seen[key]; ok {
		return false
	}
	if r.seen == nil {
		r.seen = make(map[eventKey]struct{}, recentEvents)
	}
	r.seen[key] = struct{}{}
	if len(r.ring) < recentEvents {
		r.ring = append(r.ring, key)
		return true
	}
	delete(r.seen, r.ring[r.next])
	r.ring[r.next] = key
	r.next = (r.next + 1) % recentEvents
	return true
}
