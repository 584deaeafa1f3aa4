package inventory

import (
	"cmp"
	"context"
	"iter"

	"github.com/dockerhv/dockerhv/discovery"
)

// Watch yields the hosts that there are and then what changes, as discovery.Watcher says.
//
// An edit with any error in it changes nothing: the last good list is kept, and each error
// told once. So it is when the file, or a TLS file that it names, is not there any more.
// Only the first list may be one with errors; the hosts without are served.
//
// The file is read again and again and its content compared, and taken when it was the
// same twice: that sees edits on all file systems and through links, whether the editor
// writes to the file or replaces it, and takes none that is half written.
func (d Discoverer) Watch(ctx context.Context) iter.Seq2[discovery.Change, error] {
	return func(yield func(discovery.Change, error) bool) {
		w := watch{known: make(discovery.Known)}
		discovery.Every(ctx, cmp.Or(d.Interval, DefaultInterval), func(yield func(discovery.Change, error) bool) bool {
			return w.round(d.read(), yield)
		})(yield)
	}
}

// watch is what a file said.
type watch struct {
	known  discovery.Known
	begun  bool
	listed bool // a list was taken
	taken  mark
	seen   mark // the last time; not taken until it is seen again
}

// round tells of what is different. It returns false when nobody listens.
func (w *watch) round(now list, yield func(discovery.Change, error) bool) bool {
	settled := !w.begun || now.mark == w.seen
	w.begun, w.seen = true, now.mark
	if !settled || now.mark == w.taken {
		return true
	}
	w.taken = now.mark
	for _, err := range now.failures {
		if !yield(discovery.Change{}, err) {
			return false
		}
	}
	if len(now.failures) > 0 && w.listed {
		return true
	}
	w.listed = w.listed || len(now.endpoints) > 0 || len(now.failures) == 0
	for _, change := range w.known.Update(now.endpoints) {
		if !yield(change, nil) {
			return false
		}
	}
	return true
}
