package template

import (
	"context"
	"iter"
	"slices"
	"strings"

	"github.com/dockerhv/dockerhv"
)

// Change tells how a template, or its installation on a host, is now.
type Change struct {
	// ID is the template's. Host is the host's name if the change is of an
	// installation, and empty if it is of the template itself.
	ID   string
	Host string
	// Gone is true when the template was deleted, or uninstalled from the host.
	Gone bool
	// Template is the template, Installation how far it is on the host; zero if it
	// is gone, and Installation also if Host is empty.
	Template     Template
	Installation Installation
}

// key names a template, or with a host one of its installations.
type key struct{ id, host string }

func (k key) compare(other key) int {
	if order := strings.Compare(k.id, other.id); order != 0 {
		return order
	}
	return strings.Compare(k.host, other.host)
}

// watcher collects what changed since its reader last looked: a slow reader misses
// states that something went through, and never the last one.
type watcher struct {
	dirty map[key]bool
	wake  chan struct{}
}

// Watch yields how everything is, and then what changes, until the loop is broken
// off or the context ends, which is its last error. Of one thing that changes faster
// than the loop turns, only the newest is told.
func (c *Catalog) Watch(ctx context.Context) iter.Seq2[Change, error] {
	return func(yield func(Change, error) bool) {
		w := c.subscribe()
		defer c.unsubscribe(w)
		for {
			for _, change := range c.collect(w) {
				if !yield(change, nil) {
					return
				}
			}
			select {
			case <-w.wake:
			case <-ctx.Done():
				yield(Change{}, &dockerhv.Error{Op: "watch catalog", Err: ctx.Err()})
				return
			}
		}
	}
}

// subscribe adds a watcher to which all that there is has changed.
func (c *Catalog) subscribe() *watcher {
	w := &watcher{dirty: make(map[key]bool), wake: make(chan struct{}, 1)}
	c.mu.Lock()
	defer c.mu.Unlock()
	for id, e := range c.templates {
		w.dirty[key{id: id}] = true
		for host := range e.hosts {
			w.dirty[key{id, host}] = true
		}
	}
	c.watchers[w] = struct{}{}
	return w
}

func (c *Catalog) unsubscribe(w *watcher) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.watchers, w)
}

// changed tells the watchers. The caller holds c.mu.
func (c *Catalog) changed(k key) {
	for w := range c.watchers {
		w.dirty[k] = true
		select {
		case w.wake <- struct{}{}:
		default:
		}
	}
}

// collect returns how the things now are that have changed, templates before their
// installations.
func (c *Catalog) collect(w *watcher) []Change {
	c.mu.Lock()
	defer c.mu.Unlock()
	changes := make([]Change, 0, len(w.dirty))
	for k := range w.dirty {
		changes = append(changes, c.change(k))
	}
	clear(w.dirty)
	slices.SortFunc(changes, func(a, b Change) int { return key{a.ID, a.Host}.compare(key{b.ID, b.Host}) })
	return changes
}

func (c *Catalog) change(k key) Change {
	e, ok := c.templates[k.id]
	if !ok {
		return Change{ID: k.id, Host: k.host, Gone: true}
	}
	change := Change{ID: k.id, Host: k.host, Template: e.template.clone()}
	if k.host != "" {
		change.Installation, ok = e.hosts[k.host]
		change.Gone = !ok
	}
	return change
}
