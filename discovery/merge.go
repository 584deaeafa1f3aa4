package discovery

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

// Merge is several discoverers as one, which are asked side by side. Of what they find
// the first one's counts: a URL that an earlier endpoint has is the same host, and is
// left out; a name that an earlier one has with another URL is an error that names both,
// dockerhv.ErrExists, since hosts are known by their names.
//
// One engine by two URLs is two hosts here, as nobody has asked it; [Verify] does.
type Merge struct {
	// Discoverers are those that are asked, best first. None find nothing.
	Discoverers []Discoverer
	// Interval is how often Watch asks those that are no Watcher; 0 means
	// DefaultWatchInterval.
	Interval time.Duration
}

var _ interface {
	Discoverer
	Watcher
} = Merge{}

// Discover yields what the discoverers find, in their order: one that takes long delays
// what those after it have found.
func (m Merge) Discover(ctx context.Context) iter.Seq2[driver.Endpoint, error] {
	return func(yield func(driver.Endpoint, error) bool) {
		var group sync.WaitGroup
		defer group.Wait()
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		u := make(union)
		finds := make([]chan []find, len(m.Discoverers))
		for n, d := range m.Discoverers {
			finds[n] = make(chan []find, 1)
			group.Go(func() { finds[n] <- collect(ctx, d) })
		}
		for _, found := range finds {
			for _, f := range <-found {
				if f.err == nil && !u.add(&f) {
					continue
				}
				if !yield(f.endpoint, f.err) {
					return
				}
			}
		}
	}
}

// find is a candidate that a discoverer found.
type find struct {
	endpoint driver.Endpoint
	err      error
}

func collect(ctx context.Context, d Discoverer) (all []find) {
	for e, err := range d.Discover(ctx) {
		all = append(all, find{e, err})
	}
	return all
}

// union is what was found by names and by URLs, which are no names of others: "url " and
// the URL.
type union map[string]driver.Endpoint

// add tells whether a find is to be told: it is a new host, or it became an error.
func (u union) add(f *find) bool {
	e := f.endpoint
	if _, ok := u["url "+e.URL]; ok {
		return false
	}
	if before, ok := u["name "+e.String()]; ok {
		f.endpoint, f.err = driver.Endpoint{}, &dockerhv.Error{
			Op: "merge hosts", Host: e.String(), Class: dockerhv.ErrExists,
			Err: fmt.Errorf("it is %s of %s, and %s of %s, too",
				bare(before), orUnknown(before.Source), bare(e), orUnknown(e.Source)),
			Next: "give one of them another name",
		}
		return true
	}
	u["url "+e.URL], u["name "+e.String()] = e, e
	return true
}

// bare is an endpoint's URL without a password.
func bare(e driver.Endpoint) string { return driver.Endpoint{URL: e.URL}.String() }

func orUnknown(source string) string {
	if source == "" {
		return "an unknown source"
	}
	return source
}

// Watch yields the changes of what Discover would yield. An error that two have one name
// is told once. It ends when the watch of one of the discoverers does.
func (m Merge) Watch(ctx context.Context) iter.Seq2[Change, error] {
	return func(yield func(Change, error) bool) {
		var group sync.WaitGroup
		defer group.Wait()
		watching, cancel := context.WithCancel(ctx)
		defer cancel()
		told := make(chan report, backlog)
		w := merging{sources: make([]Known, len(m.Discoverers)), known: make(Known), clashes: make(map[string]bool)}
		for n, d := range m.Discoverers {
			w.sources[n] = make(Known)
			group.Go(func() { pump(watching, Watch(watching, d, m.Interval), n, told) })
		}
		for {
			reports := receive(ctx, told)
			if reports == nil {
				yield(Change{}, context.Cause(ctx))
				return
			}
			if !w.hear(reports, yield) {
				return
			}
		}
	}
}

// merging is what a merged watch knows.
type merging struct {
	sources []Known
	known   Known
	clashes map[string]bool // the errors that were told
}

// hear tells of what is different by some reports. It returns false when the watch is over.
func (w merging) hear(reports []report, yield func(Change, error) bool) bool {
	for _, r := range reports {
		switch {
		case r.ended:
			return false
		case r.err != nil:
			if !yield(Change{}, r.err) {
				return false
			}
		default:
			w.sources[r.source].apply(r.change)
		}
	}
	now, clashes := w.merged()
	for _, err := range clashes {
		if !w.clashes[err.Error()] && !yield(Change{}, err) {
			return false
		}
	}
	clear(w.clashes)
	for _, err := range clashes {
		w.clashes[err.Error()] = true
	}
	for _, c := range w.known.Update(now) {
		if !yield(c, nil) {
			return false
		}
	}
	return true
}

func (w merging) merged() (now []driver.Endpoint, clashes []error) {
	u := make(union)
	for _, known := range w.sources {
		for _, name := range slices.Sorted(maps.Keys(known)) {
			f := find{endpoint: known[name]}
			switch {
			case !u.add(&f):
			case f.err != nil:
				clashes = append(clashes, f.err)
			default:
				now = append(now, f.endpoint)
			}
		}
	}
	return now, clashes
}

// apply makes a change that a watch told of.
func (k Known) apply(c Change) {
	if c.Type == Gone {
		delete(k, c.Endpoint.String())
		return
	}
	k[c.Endpoint.String()] = c.Endpoint
}
