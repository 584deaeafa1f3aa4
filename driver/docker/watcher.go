package docker

import (
	"cmp"
	"context"
	"sync"
	"time"

	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/internal/engine"
)

const (
	// A stream that is silent this long has the engine asked whether it is there,
	// and is ended if no answer comes in time: a dead host leaves it open for ever.
	silence     = 10 * time.Second
	pingTimeout = 5 * time.Second
	// A broken stream is opened again after a pause that doubles up to a bound.
	firstRetry = 100 * time.Millisecond
	lastRetry  = 10 * time.Second
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
	// last is the newest event's time by the engine's clock, from which a broken
	// stream is taken up again; resumed is what it was when this one was opened.
	last, resumed time.Time
	closed        bool
	away          map[string]driver.State // what is set aside and may come back, by container
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
	return &watcher{driver: d, readers: make(map[*reader]struct{})}
}

// join adds a reader, of one instance's events or of all, and opens the stream for
// the first.
func (w *watcher) join(ctx context.Context, only string) *reader {
	w.mu.Lock()
	defer w.mu.Unlock()
	r := &reader{ready: make(chan struct{}, 1), only: only}
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
	w.stop, w.stopped, w.known, w.last = cancel, make(chan struct{}), nil, time.Time{}
	w.away = make(map[string]driver.State)
	go func(stopped chan struct{}) {
		defer close(stopped)
		if before != nil {
			<-before // one that is just ending still changes what is known
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
	dog := newWatchdog(ctx, w.driver.engine, cancel)
	defer dog.end()
	err = w.driver.engine.Events(ctx, w.driver.owner, w.resume(), func() error {
		opened = true
		return w.relist(ctx)
	}, func(e engine.Event) {
		dog.heard()
		w.event(e)
	})
	if cause := context.Cause(ctx); cause != nil {
		err = cause // the watchdog's reason says more than that the stream was ended
	}
	return opened, err
}

func (w *watcher) resume() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.resumed = w.last
	return w.last
}

// relist compares what is there with what is known, and tells of the difference.
func (w *watcher) relist(ctx context.Context) error {
	instances, err := w.driver.List(ctx, driver.Filter{})
	if err != nil {
		return err
	}
	w.driver.lives.interrupted()
	w.mu.Lock()
	defer w.mu.Unlock()
	now := make(map[string]found, len(instances))
	var changes []driver.Event
	for _, i := range instances {
		now[i.ID] = found{hostID: i.HostID, state: i.State, listed: true}
		if old, ok := w.known[i.ID]; !ok || old.hostID != i.HostID || old.state != i.State {
			changes = append(changes, driver.Event{Type: driver.EventSnapshot, ID: i.ID, State: i.State})
		}
	}
	for id := range w.known {
		if _, ok := now[id]; !ok {
			changes = append(changes, driver.Event{Type: driver.EventDestroyed, ID: id})
		}
	}
	if w.known != nil {
		changes = append([]driver.Event{{Type: driver.EventGap, Detail: "the stream was broken"}}, changes...)
	}
	w.known = now
	w.tell(changes...)
	return nil
}

// event takes an event of the stream, and passes it on unless it is known already.
func (w *watcher) event(e engine.Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if e.Time.Equal(w.resumed) {
		return // told before the stream broke; the engine begins with that one
	}
	w.last = e.Time
	e.Cause = w.driver.lives.hear(e)
	old, known := w.known[e.ID]
	if e.Renamed || e.Role != engine.Itself && old.hostID != e.HostID {
		w.aside(e)
		return
	}
	if e.Type == "" {
		return
	}
	if known && old.listed && old.hostID == e.HostID && old.state == e.State && e.Type != driver.EventOOM && e.Type != driver.EventHealth {
		old.listed = false
		w.known[e.ID] = old
		return // the list told of it
	}
	switch e.Type {
	case driver.EventDestroyed:
		if !known || old.hostID != e.HostID {
			return // an instance of before, whose ID is in use again or was never seen
		}
		delete(w.known, e.ID)
	case driver.EventOOM, driver.EventHealth:
		e.State = old.state
	default:
		w.known[e.ID] = found{hostID: e.HostID, state: e.State}
	}
	w.tell(e.Event)
}

// aside takes an event into account of a container that is set aside, or was. To
// readers it is destroyed, and found when it comes back.
func (w *watcher) aside(e engine.Event) {
	old, known := w.known[e.ID]
	switch {
	case e.Renamed && e.Role != engine.Itself:
		if known && old.hostID == e.HostID {
			w.away[e.HostID] = old.state
			delete(w.known, e.ID)
			e.Event.Type = driver.EventDestroyed
			w.tell(e.Event)
		}
	case e.Renamed:
		state := cmp.Or(w.away[e.HostID], driver.Exited)
		delete(w.away, e.HostID)
		w.known[e.ID] = found{hostID: e.HostID, state: state}
		e.Event.Type, e.Event.State = driver.EventSnapshot, state
		w.tell(e.Event)
	case e.Type == driver.EventDestroyed:
		delete(w.away, e.HostID)
	case e.Type == driver.EventStarted || e.Type == driver.EventExited:
		w.away[e.HostID] = e.State
	}
}

// broken tells every reader that the host can't be heard at the moment.
func (w *watcher) broken(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for r := range w.readers {
		r.fail(err)
	}
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
