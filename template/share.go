package template

import (
	"context"
	"errors"
	"sync"
)

// Sharer is a store that does an installation once for all who ask for the same at
// the same time. [Flights] implements it.
type Sharer interface {
	// Share runs install for the first caller with a key, and gives its result to
	// all who call with the same key until it ends. Each caller's context ends only
	// its own waiting; that of install ends, with the same cause, when the last
	// caller has left, and that one waits until install has cleaned up. Each gets
	// the progress from when it came, on its own goroutine.
	Share(ctx context.Context, key string, opts InstallOptions, install Installer) (Image, error)
}

// Installer is the work that is shared.
type Installer func(context.Context, InstallOptions) (Image, error)

// Share shares an installation with those who do the same on the same store. A
// store that is no Sharer, and the empty key, share nothing.
func Share(ctx context.Context, store ImageStore, key string, opts InstallOptions, install Installer) (Image, error) {
	sharer, err := Role[Sharer](store)
	if err != nil || key == "" {
		return install(ctx, opts)
	}
	return sharer.Share(ctx, key, opts, install)
}

// Flights is a Sharer for stores to embed. The zero value is ready; it must not be
// copied once it was used.
type Flights struct {
	mu      sync.Mutex
	flights map[string]*flight
}

var _ Sharer = (*Flights)(nil)

// flight is an installation under way.
type flight struct {
	cancel    context.CancelCauseFunc
	abandoned bool // the last waiter has left: nobody may join
	waiters   map[*waiter]struct{}

	done  chan struct{}
	image Image // to be read after done
	err   error
}

// Share implements Sharer.
func (f *Flights) Share(ctx context.Context, key string, opts InstallOptions, install Installer) (Image, error) {
	for {
		if ctx.Err() != nil {
			return Image{}, context.Cause(ctx)
		}
		on, w := f.board(ctx, key, opts, install)
		if w != nil {
			return f.wait(ctx, on, w, opts.Progress)
		}
		select { // what an abandoned one cleans up could be what a new one installs
		case <-on.done:
		case <-ctx.Done():
		}
	}
}

// board joins the flight of a key, or starts one. It returns no waiter for one that
// can't be joined any more.
func (f *Flights) board(ctx context.Context, key string, opts InstallOptions, install Installer) (*flight, *waiter) {
	f.mu.Lock()
	defer f.mu.Unlock()
	on, ok := f.flights[key]
	if ok && on.abandoned {
		return on, nil
	}
	w := &waiter{news: make(chan struct{}, 1)}
	if ok {
		on.waiters[w] = struct{}{}
		return on, w
	}
	ctx, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	on = &flight{cancel: cancel, waiters: map[*waiter]struct{}{w: {}}, done: make(chan struct{})}
	if f.flights == nil {
		f.flights = make(map[string]*flight)
	}
	f.flights[key] = on
	opts.Progress = func(p Progress) { f.tell(on, p) }
	go f.fly(ctx, key, on, opts, install)
	return on, w
}

// errNoResult is of an installation that never returned, as a failed test's.
var errNoResult = errors.New("the installation ended without a result")

func (f *Flights) fly(ctx context.Context, key string, on *flight, opts InstallOptions, install Installer) {
	on.err = errNoResult
	defer func() {
		f.mu.Lock()
		delete(f.flights, key)
		f.mu.Unlock()
		on.cancel(nil)
		close(on.done)
	}()
	on.image, on.err = install(ctx, opts)
}

// tell leaves a record for each who waits.
func (f *Flights) tell(on *flight, p Progress) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for w := range on.waiters {
		w.put(p)
	}
}

// wait reports progress until the flight ends or the caller leaves.
func (f *Flights) wait(ctx context.Context, on *flight, w *waiter, report func(Progress)) (Image, error) {
	for {
		select {
		case <-w.news:
			f.deliver(w, report)
		case <-on.done:
			f.deliver(w, report)
			return on.image, on.err
		case <-ctx.Done():
			return f.leave(ctx, on, w)
		}
	}
}

// deliver reports what was left for a waiter, outside of the lock.
func (f *Flights) deliver(w *waiter, report func(Progress)) {
	f.mu.Lock()
	records := w.records
	w.records = nil
	f.mu.Unlock()
	if report == nil {
		return
	}
	for _, p := range records {
		report(p)
	}
}

// leave gives up for one caller, and for all if it is the last.
func (f *Flights) leave(ctx context.Context, on *flight, w *waiter) (Image, error) {
	f.mu.Lock()
	delete(on.waiters, w)
	last := len(on.waiters) == 0
	on.abandoned = on.abandoned || last
	f.mu.Unlock()
	if !last {
		return Image{}, context.Cause(ctx)
	}
	on.cancel(context.Cause(ctx))
	<-on.done
	return on.image, on.err
}

// waiter is one caller, who may be slow to hear.
type waiter struct {
	news    chan struct{}
	records []Progress // the newest of each phase; guarded by the Flights
}

func (w *waiter) put(p Progress) {
	if n := len(w.records); n > 0 && w.records[n-1].Phase == p.Phase && w.records[n-1].Item == p.Item {
		w.records[n-1] = p
	} else {
		w.records = append(w.records, p)
	}
	select {
	case w.news <- struct{}{}:
	default:
	}
}
