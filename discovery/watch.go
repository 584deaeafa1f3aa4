package discovery

import (
	"context"
	"iter"
	"reflect"
	"time"

	"github.com/dockerhv/dockerhv/driver"
)

// Watcher is a Discoverer that is told of changes.
type Watcher interface {
	// Watch yields the endpoints that there are, as Added, and then what changes, until
	// the loop is broken off or the context ends, which is its last error. Other errors
	// tell of candidates that can't be made endpoints, and the watch goes on.
	Watch(ctx context.Context) iter.Seq2[Change, error]
}

// ChangeType is what happened to an endpoint.
type ChangeType string

// The types.
const (
	Added   ChangeType = "added"   // it is found, for the first time or again
	Changed ChangeType = "changed" // it is reached otherwise: another URL or identity
	Gone    ChangeType = "gone"    // it is not found any more
)

// Change is something that happened to an endpoint, which is known by its String.
type Change struct {
	Type     ChangeType
	Endpoint driver.Endpoint
}

// DefaultWatchInterval is how often a Discoverer that is no Watcher is asked.
const DefaultWatchInterval = time.Minute

// lenience is how many rounds with errors an endpoint may be missing from before it is
// gone: it may be among what failed.
const lenience = 3

// Watch yields the endpoints that there are and what changes, as [Watcher] says. A
// Discoverer that is no Watcher is asked again and again, after the interval; 0 means
// DefaultWatchInterval. Of two endpoints of one name it takes the first.
func Watch(ctx context.Context, d Discoverer, interval time.Duration) iter.Seq2[Change, error] {
	if w, ok := d.(Watcher); ok {
		return w.Watch(ctx)
	}
	if interval == 0 {
		interval = DefaultWatchInterval
	}
	return func(yield func(Change, error) bool) {
		p := poll{known: make(map[string]sighting)}
		Every(ctx, interval, func(yield func(Change, error) bool) bool { return p.round(ctx, d, yield) })(yield)
	}
}

// poll remembers what was found.
type poll struct{ known map[string]sighting }

type sighting struct {
	endpoint driver.Endpoint
	missed   int // rounds with errors that it was missing from
}

// round asks once and tells of the difference. It returns false when nobody listens.
func (p poll) round(ctx context.Context, d Discoverer, yield func(Change, error) bool) bool {
	found, failed := make(map[string]bool), false
	for endpoint, err := range d.Discover(ctx) {
		if err != nil {
			failed = true
			if !yield(Change{}, err) {
				return false
			}
			continue
		}
		name := endpoint.String()
		if found[name] {
			continue
		}
		found[name] = true
		if !p.see(endpoint, yield) {
			return false
		}
	}
	if ctx.Err() != nil {
		return true // what was not looked at is not gone
	}
	for name, s := range p.known {
		if found[name] {
			continue
		}
		if s.missed++; failed && s.missed < lenience {
			p.known[name] = s
			continue
		}
		delete(p.known, name)
		if !yield(Change{Type: Gone, Endpoint: s.endpoint}, nil) {
			return false
		}
	}
	return true
}

func (p poll) see(endpoint driver.Endpoint, yield func(Change, error) bool) bool {
	before, ok := p.known[endpoint.String()]
	p.known[endpoint.String()] = sighting{endpoint: endpoint}
	switch {
	case !ok:
		return yield(Change{Type: Added, Endpoint: endpoint}, nil)
	case !reflect.DeepEqual(before.endpoint, endpoint):
		return yield(Change{Type: Changed, Endpoint: endpoint}, nil)
	}
	return true
}
