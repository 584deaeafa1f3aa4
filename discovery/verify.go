package discovery

import (
	"cmp"
	"context"
	"iter"
	"reflect"
	"slices"
	"sync"
	"time"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

// Verify is a Discoverer of which only the endpoints count that answer: each is opened
// and asked what host it is.
//
// Endpoints that reach one engine are one host: the first is told, and takes the next
// one's place when it is gone. Hosts of one engine ID that differ by their name, folder of
// data or size are several, and labelled with [LabelTwin]. Copies that kept all of these
// can't be told from one engine that is reached twice, and are taken for that: give each
// machine a name of its own.
type Verify struct {
	// Discoverer finds the candidates. Required.
	Discoverer Discoverer
	// Open opens a driver for a candidate, as Agent.Open; it is closed when the host was
	// asked. It and the driver's Host have to heed their context. Required.
	Open func(context.Context, driver.Endpoint) (driver.Driver, error)
	// Timeout bounds how long a candidate is looked at; 0 means DefaultVerifyTimeout.
	Timeout time.Duration
	// Parallel is how many candidates are looked at at once; 0 means
	// DefaultVerifyParallel.
	Parallel int
	// Interval is how long Watch waits before it looks again at a candidate that failed,
	// and how often it asks a Discoverer that is no Watcher; 0 means DefaultWatchInterval.
	Interval time.Duration
}

// The defaults of Verify.
const (
	DefaultVerifyTimeout  = 10 * time.Second
	DefaultVerifyParallel = 16
)

var _ interface {
	Discoverer
	Watcher
} = Verify{}

// Discover looks at all candidates and then yields the hosts, in the Discoverer's order,
// after an error for each candidate that is none: the Discoverer's own, and why it could
// not be opened or asked, with its class.
func (v Verify) Discover(ctx context.Context) iter.Seq2[driver.Endpoint, error] {
	return func(yield func(driver.Endpoint, error) bool) {
		finds := collect(ctx, v.Discoverer)
		candidates := v.lookAll(ctx, finds)
		for _, f := range finds {
			if f.err != nil && !yield(driver.Endpoint{}, f.err) {
				return
			}
		}
		for _, e := range distinct(candidates) {
			if !yield(e, nil) {
				return
			}
		}
	}
}

// lookAll looks at each find that is no error. One that fails becomes one.
func (v Verify) lookAll(ctx context.Context, finds []find) []*candidate {
	var group sync.WaitGroup
	defer group.Wait()
	candidates := make([]*candidate, len(finds))
	turns := v.turns()
	for n := range finds {
		f := &finds[n]
		c := &candidate{endpoint: f.endpoint}
		candidates[n] = c
		if f.err != nil {
			continue
		}
		group.Go(func() {
			host, err := v.look(ctx, f.endpoint, turns)
			if f.err = err; err == nil {
				c.host = &host
			}
		})
	}
	return candidates
}

// turns bounds how many look at once.
func (v Verify) turns() chan struct{} {
	return make(chan struct{}, max(1, cmp.Or(v.Parallel, DefaultVerifyParallel)))
}

// look opens a candidate and asks what host it is.
func (v Verify) look(ctx context.Context, e driver.Endpoint, turns chan struct{}) (driver.Host, error) {
	failed := func(err error) (driver.Host, error) {
		return driver.Host{}, &dockerhv.Error{
			Op: "verify host", Host: e.String(), Err: err, Next: "see that its engine runs and can be reached from here",
		}
	}
	select {
	case turns <- struct{}{}:
		defer func() { <-turns }()
	case <-ctx.Done():
		return failed(context.Cause(ctx))
	}
	ctx, cancel := context.WithTimeout(ctx, cmp.Or(v.Timeout, DefaultVerifyTimeout))
	defer cancel()
	d, err := v.Open(ctx, e)
	if err != nil {
		return failed(err)
	}
	defer closeDriver(d)
	host, err := d.Host(ctx)
	if err != nil {
		return failed(err)
	}
	return host, nil
}

// Watch looks at each candidate that is told of or changes, again and again until it
// answers, and yields it then; of several that reach one engine, the first that answers.
// A host that was yielded stays until its candidate is gone or
// changes, whether it answers or not: that is the agent's to watch. It ends when the
// Discoverer's watch does.
func (v Verify) Watch(ctx context.Context) iter.Seq2[Change, error] {
	return func(yield func(Change, error) bool) {
		var group sync.WaitGroup
		defer group.Wait()
		watching, cancel := context.WithCancel(ctx)
		defer cancel()
		told, turns := make(chan report, backlog), v.turns()
		w := verifying{candidates: make(map[string]*candidate), known: make(Known)}
		w.attend = func(c *candidate) {
			attended, end := context.WithCancel(watching)
			c.end = end
			group.Go(func() {
				defer end()
				v.attend(attended, c, turns, told)
			})
		}
		group.Go(func() { pump(watching, Watch(watching, v.Discoverer, v.Interval), 0, told) })
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

// attend looks at a candidate until it answers or the context ends.
func (v Verify) attend(ctx context.Context, c *candidate, turns chan struct{}, to chan<- report) {
	for {
		host, err := v.look(ctx, c.endpoint, turns)
		if ctx.Err() != nil || !send(ctx, report{seen: &look{c, host, err}}, to) || err == nil {
			return
		}
		rest(ctx, cmp.Or(v.Interval, DefaultWatchInterval))
	}
}

// verifying is what a verified watch knows.
type verifying struct {
	candidates map[string]*candidate
	seen       []*candidate // those that answered, in that order, so that no later one takes a place
	known      Known
	attend     func(*candidate)
}

// hear tells of what is different by some reports. It returns false when the watch is over.
func (w *verifying) hear(reports []report, yield func(Change, error) bool) bool {
	for _, r := range reports {
		err := r.err
		switch {
		case r.ended:
			return false
		case r.seen != nil:
			err = w.see(*r.seen)
		case err == nil:
			w.change(r.change)
		}
		if err != nil && !yield(Change{}, err) {
			return false
		}
	}
	for _, c := range w.known.Update(distinct(w.seen)) {
		if !yield(c, nil) {
			return false
		}
	}
	return true
}

// see takes what came of a candidate, and returns why it failed.
func (w *verifying) see(l look) error {
	if w.candidates[l.candidate.endpoint.String()] != l.candidate {
		return nil // it is gone, or reached otherwise
	}
	if l.err == nil {
		l.candidate.host = &l.host
		w.seen = append(w.seen, l.candidate)
	}
	return l.err
}

// change begins or ends to look at a candidate.
func (w *verifying) change(c Change) {
	name := c.Endpoint.String()
	if before := w.candidates[name]; before != nil {
		if c.Type != Gone && reflect.DeepEqual(before.endpoint, c.Endpoint) {
			return // told once more
		}
		before.end()
		delete(w.candidates, name)
		w.seen = slices.DeleteFunc(w.seen, func(c *candidate) bool { return c == before })
	}
	if c.Type != Gone {
		now := &candidate{endpoint: c.Endpoint}
		w.candidates[name] = now
		w.attend(now)
	}
}
