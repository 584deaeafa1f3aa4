package docker

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/internal/engine"
)

const (
	// A broken stream is opened again after a pause that doubles up to a bound.
	firstRetry = 100 * time.Millisecond
	lastRetry  = 10 * time.Second
	// reconcilePeriod is how often all is listed while a stream is open, in case that
	// the engine lost an event: it drops those that a slow connection holds up.
	reconcilePeriod = time.Minute
	// secondLook is how long after the first a second list has to find the same
	// difference, before it is no event that is just on its way. It is also how long after
	// a stream was opened all is listed for the first time.
	secondLook = 2 * time.Second
	// overlap is how much of what was heard already a stream begins with that is taken
	// up again: an engine tells of what happens at once in any order.
	overlap = 2 * time.Second
)

// watcher keeps one stream of events per driver, while somebody reads, and what
// each instance is doing. The zero value is not ready; see newWatcher.
type watcher struct {
	driver *Driver

	mu      sync.Mutex
	readers map[*reader]struct{}
	known   map[string]found // what each instance is doing; nil until it is known
	stop    context.CancelFunc
	stopped chan struct{} // closed when the goroutine that stop ends has ended
	// first and last are the times of the oldest and the newest event that were heard,
	// by the engine's clock: where a broken stream is taken up again.
	first, last time.Time
	told        recent
	suspects    map[string]change       // differences that only one list has found
	away        map[string]driver.State // what is set aside and may come back, by container
	live        bool                    // the stream is open, and what is known is true
	closed      bool

	period, second, patience time.Duration // reconcilePeriod, secondLook and listTimeout
	bound                    int           // queueBound
}

// found is how an instance was last seen.
type found struct {
	hostID string
	state  driver.State
	// listed is true while no event has told of the state, which was found by a
	// list: the event that led to it may still come.
	listed bool
}

func newWatcher(d *Driver) *watcher {
	return &watcher{
		driver: d, readers: make(map[*reader]struct{}),
		period: reconcilePeriod, second: secondLook, patience: listTimeout, bound: queueBound,
	}
}

// join adds a reader, of one instance's events or of all, and opens the stream for
// the first.
func (w *watcher) join(ctx context.Context, only string) *reader {
	w.mu.Lock()
	defer w.mu.Unlock()
	r := &reader{ready: make(chan struct{}, 1), only: only, bound: w.bound}
	if w.closed {
		r.close()
		return r
	}
	if len(w.readers) == 0 {
		w.start(ctx)
	} else if w.known != nil {
		r.push(w.snapshots(r)...)
	}
	w.readers[r] = struct{}{}
	return r
}

// start opens the stream in a goroutine of its own. It belongs to no call: it goes
// on when the reader that caused it has left, and ends when the last has.
func (w *watcher) start(ctx context.Context) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	before := w.stopped
	w.stop, w.stopped = cancel, make(chan struct{})
	w.known, w.suspects, w.told, w.live = nil, nil, recent{}, false
	w.first, w.last, w.away = time.Time{}, time.Time{}, make(map[string]driver.State)
	go func(stopped chan struct{}) {
		defer close(stopped)
		if before != nil {
			<-before // so that there is never more than one stream
		}
		w.run(ctx)
	}(w.stopped)
}

// listening tells whether events come.
func (w *watcher) listening() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.readers) > 0
}

// leave takes a reader away, and ends the stream with the last.
func (w *watcher) leave(r *reader) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, ok := w.readers[r]; !ok {
		return // the watcher is closed
	}
	delete(w.readers, r)
	if len(w.readers) == 0 {
		w.stop()
	}
}

// close ends the stream and all readers, for good. It returns when the goroutine
// has ended.
func (w *watcher) close() {
	w.mu.Lock()
	w.closed = true
	for r := range w.readers {
		r.close()
	}
	clear(w.readers)
	stopped := w.stopped
	if w.stop != nil {
		w.stop()
	}
	w.mu.Unlock()
	if stopped != nil {
		<-stopped
	}
}

// run keeps a stream open until the context ends.
func (w *watcher) run(ctx context.Context) {
	for pause := firstRetry; ; pause = min(2*pause, lastRetry) {
		opened, err := w.stream(ctx)
		if ctx.Err() != nil {
			return
		}
		if opened {
			pause = firstRetry
		}
		w.broken(err)
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return
		}
	}
}

// stream reads one stream to its end.
func (w *watcher) stream(ctx context.Context) (opened bool, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	dog := newWatchdog(ctx, w.driver.pulse, cancel)
	defer dog.end()
	again := time.NewTimer(w.period)
	defer again.Stop()
	opening := time.AfterFunc(w.patience, func() { cancel(noAnswer(w.patience)) })
	defer opening.Stop()
	err = w.driver.engine.Events(ctx, w.driver.owner, w.since(), func() error {
		if !opened {
			opening.Stop()
			err := w.relist(ctx)
			opened = err == nil
			// The engine accepts a stream before it listens to itself: what happens in between
			// may be in neither the list nor the stream.
			again.Reset(w.second)
			return err
		}
		next, err := w.reconcile(ctx)
		again.Reset(next)
		return err
	}, again.C, func(e engine.Event) {
		dog.heard()
		w.event(ctx, e)
	})
	if cause := context.Cause(ctx); cause != nil {
		err = cause // the watchdog's reason says more than that the stream was ended
	}
	return opened, err
}

// since is where a broken stream is taken up again; zero is now.
func (w *watcher) since() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	if since := w.last.Add(-overlap); since.After(w.first) {
		return since
	}
	return w.first
}

// event takes an event of the stream, and passes it on unless it is known already.
func (w *watcher) event(ctx context.Context, e engine.Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if ctx.Err() != nil || !w.told.add(e) {
		return // of a stream that nobody reads any more, or told already
	}
	if w.first.IsZero() {
		w.first = e.Time
	}
	if e.Time.After(w.last) {
		w.last = e.Time
	}
	e.Cause = w.driver.lives.hear(e)
	old, known := w.known[e.ID]
	same := known && old.hostID == e.HostID
	switch {
	case e.Renamed, e.Role != engine.Itself && !same:
		w.aside(e)
		return
	case e.Type == "":
		return
	case same == (e.Type == driver.EventCreated):
		return // of before the list, which told of it, or that it is gone
	case e.Type == driver.EventCreated && known:
		w.tell(driver.Event{Type: driver.EventDestroyed, ID: e.ID, Time: e.Time}) // which comes late
	case e.Type == driver.EventDestroyed:
		delete(w.known, e.ID)
		w.tell(e.Event)
		return
	case e.Type == driver.EventOOM, e.Type == driver.EventHealth:
		e.State = old.state
		w.tell(e.Event)
		return
	}
	w.known[e.ID] = found{hostID: e.HostID, state: e.State}
	if !old.listed || old.state != e.State || !same {
		w.tell(e.Event)
	}
}

// aside takes an event into account of a container that is set aside, or was. To
// readers it is destroyed, and found when it comes back. The caller has the lock.
func (w *watcher) aside(e engine.Event) {
	old, known := w.known[e.ID]
	same := known && old.hostID == e.HostID
	switch {
	case e.Renamed && e.Role != engine.Itself && same:
		w.away[e.HostID] = old.state
		delete(w.known, e.ID)
		e.Type = driver.EventDestroyed
		w.tell(e.Event)
	case e.Renamed && e.Role == engine.Itself && !same:
		if known {
			w.tell(driver.Event{Type: driver.EventDestroyed, ID: e.ID, Time: e.Time}) // which comes late
		}
		state := cmp.Or(w.away[e.HostID], driver.Exited)
		delete(w.away, e.HostID)
		w.known[e.ID] = found{hostID: e.HostID, state: state}
		e.Type, e.State = driver.EventSnapshot, state
		w.tell(e.Event)
	case e.Type == driver.EventDestroyed:
		delete(w.away, e.HostID)
	case e.Type == driver.EventStarted, e.Type == driver.EventExited:
		w.away[e.HostID] = e.State
	}
}

// broken tells every reader that the host can't be heard at the moment.
func (w *watcher) broken(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.live = false
	for r := range w.readers {
		r.fail(err)
	}
}

// list returns what is known of the instances that pass a filter, with nothing but their
// state, if it is known at the moment and the filter asks for no more.
func (w *watcher) list(filter driver.Filter) (instances []driver.Instance, ok bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.live || len(w.readers) == 0 || len(filter.Labels) > 0 || filter.Retired() {
		return nil, false
	}
	for id, f := range w.known {
		if (len(filter.IDs) == 0 || slices.Contains(filter.IDs, id)) &&
			(len(filter.States) == 0 || slices.Contains(filter.States, f.state)) {
			instances = append(instances, driver.Instance{ID: id, HostID: f.hostID, State: f.state})
		}
	}
	return instances, true
}

// tell passes events on to every reader; one that is too slow gets all that is
// known in place of them.
func (w *watcher) tell(events ...driver.Event) {
	for r := range w.readers {
		if !r.push(events...) {
			gap := driver.Event{Type: driver.EventGap, Detail: "the reader was too slow"}
			r.replace(append([]driver.Event{gap}, w.snapshots(r)...))
		}
	}
}

// snapshots tells of what is known of the instances that a reader asks for.
func (w *watcher) snapshots(r *reader) []driver.Event {
	snapshot := func(id string) driver.Event {
		return driver.Event{Type: driver.EventSnapshot, ID: id, State: w.known[id].state}
	}
	if r.only != "" {
		if _, ok := w.known[r.only]; !ok {
			return nil
		}
		return []driver.Event{snapshot(r.only)}
	}
	events := make([]driver.Event, 0, len(w.known))
	for id := range w.known {
		events = append(events, snapshot(id))
	}
	return events
}
