package dnssrv

import (
	"cmp"
	"context"
	"iter"
	"maps"
	"slices"

	"github.com/dockerhv/dockerhv/discovery"
)

// Watch yields the hosts that there are and then what changes, as discovery.Watcher says.
//
// A lookup with any error in it makes no host gone, but for that there are too many: a
// server that fails, or has lost its zone, tells nothing of the hosts. Each error is told
// once, until the lookup comes to another.
func (d Discoverer) Watch(ctx context.Context) iter.Seq2[discovery.Change, error] {
	return func(yield func(discovery.Change, error) bool) {
		w := watch{known: make(discovery.Known)}
		discovery.Every(ctx, cmp.Or(d.Interval, DefaultInterval), func(yield func(discovery.Change, error) bool) bool {
			return w.round(ctx, d, yield)
		})(yield)
	}
}

// watch is what the records said.
type watch struct {
	known discovery.Known
	wrong []string // the errors that were told last
}

// round tells of what is different. It returns false when nobody listens.
func (w *watch) round(ctx context.Context, d Discoverer, yield func(discovery.Change, error) bool) bool {
	endpoints, failures, whole := d.lookUp(ctx)
	if ctx.Err() != nil {
		return true // the loop says so
	}
	var wrong []string
	for _, err := range failures {
		wrong = append(wrong, err.Error())
		if !slices.Contains(w.wrong, err.Error()) && !yield(discovery.Change{}, err) {
			return false
		}
	}
	w.wrong = wrong
	if !whole { // who is missing may be among what failed
		for _, name := range slices.Sorted(maps.Keys(w.known)) {
			endpoints = append(endpoints, w.known[name])
		}
	}
	for _, change := range w.known.Update(endpoints) {
		if !yield(change, nil) {
			return false
		}
	}
	return true
}
