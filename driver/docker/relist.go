package docker

import (
	"cmp"
	"context"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/dockerhv/dockerhv/driver"
)

const (
	// listTimeout bounds a list that a stream waits for: an engine can answer a ping
	// and nothing else.
	listTimeout = time.Minute
	// inspectAtOnce is how many instances are looked at at the same time.
	inspectAtOnce = 16
)

// change is a difference between what is known of an instance and what a list says.
type change struct {
	old, now found // zero for one that is not there
}

// relist compares what is there with what is known, when a stream was opened, and
// tells of the difference.
func (w *watcher) relist(ctx context.Context) error {
	changes, err := w.compare(ctx)
	if err != nil {
		return err
	}
	w.driver.lives.interrupted()
	events := w.explain(ctx, changes)
	w.mu.Lock()
	defer w.mu.Unlock()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if w.known != nil {
		events = slices.Insert(events, 0, driver.Event{Type: driver.EventGap, Detail: "the stream was broken"})
	}
	w.apply(changes)
	w.live = true
	// An event that led to what was listed may still come.
	for id, f := range w.known {
		f.listed = true
		w.known[id] = f
	}
	w.tell(events...)
	return nil
}

// reconcile compares as relist does, while a stream goes on. What two lists find
// that are a while apart, and no event has told of meanwhile, is an event that was
// lost. It returns when to look again.
func (w *watcher) reconcile(ctx context.Context) (next time.Duration, err error) {
	changes, err := w.compare(ctx)
	if err != nil {
		return 0, err
	}
	lost, doubtful := w.confirm(changes)
	if len(lost) > 0 {
		w.driver.lives.interrupted()
	}
	events := w.explain(ctx, lost)
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(lost) > 0 && ctx.Err() == nil {
		w.apply(lost)
		w.tell(slices.Insert(events, 0, driver.Event{Type: driver.EventGap, Detail: "the engine lost an event"})...)
	}
	if doubtful {
		return w.second, nil
	}
	return w.period, nil
}

// confirm returns the changes that the list before has found, too, and whether there
// are others.
func (w *watcher) confirm(changes map[string]change) (lost map[string]change, doubtful bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	lost = make(map[string]change)
	suspects := make(map[string]change)
	for id, c := range changes {
		if w.suspects[id] == c {
			lost[id] = c
		} else {
			suspects[id] = c
		}
	}
	w.suspects = suspects
	return lost, len(suspects) > 0
}

// compare lists what is there, and returns what is not as it is known, by ID.
func (w *watcher) compare(ctx context.Context) (map[string]change, error) {
	var instances []driver.Instance
	err := answered(ctx, w.patience, func(ctx context.Context) (err error) {
		instances, err = w.driver.List(ctx, driver.Filter{})
		return err
	})
	if err != nil {
		return nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	changes := make(map[string]change)
	there := make(map[string]bool, len(instances))
	for _, i := range instances {
		there[i.ID] = true
		if old, ok := w.known[i.ID]; !ok || old.hostID != i.HostID || old.state != i.State {
			changes[i.ID] = change{old, found{hostID: i.HostID, state: i.State, listed: true}}
		}
	}
	for id, old := range w.known {
		if !there[id] {
			changes[id] = change{old: old}
		}
	}
	return changes, nil
}

// explain makes events of changes, by ID. It asks how instances ended that are known
// to have run.
func (w *watcher) explain(ctx context.Context, changes map[string]change) []driver.Event {
	events := make([]driver.Event, 0, len(changes))
	for id, c := range changes {
		e := driver.Event{Type: driver.EventSnapshot, ID: id, State: c.now.state}
		switch {
		case c.now == found{}:
			e.Type = driver.EventDestroyed
		case c.old.state.Active() && c.now.state == driver.Exited && c.old.hostID == c.now.hostID:
			e.Type = driver.EventExited
		}
		events = append(events, e)
	}
	slices.SortFunc(events, func(a, b driver.Event) int { return cmp.Compare(a.ID, b.ID) })
	var group errgroup.Group
	group.SetLimit(inspectAtOnce)
	for n := range events {
		if e := &events[n]; e.Type == driver.EventExited {
			group.Go(func() error {
				w.readExit(ctx, changes[e.ID].now.hostID, e)
				return nil
			})
		}
	}
	_ = group.Wait() // there are no errors: what can't be asked is a snapshot
	return events
}

// readExit completes the event of an exit that was not told. Where nobody knows any
// more how it ended, because it is gone or runs again, it is only told how it was
// found.
func (w *watcher) readExit(ctx context.Context, hostID string, e *driver.Event) {
	ctx, cancel := context.WithTimeout(ctx, w.patience)
	defer cancel()
	i, err := w.driver.engine.Inspect(ctx, hostID)
	if err != nil || i.Exit == nil {
		e.Type = driver.EventSnapshot
		return
	}
	exit := w.driver.explain(ctx, i).Exit
	e.ExitCode, e.Cause, e.Time = exit.Code, exit.Cause, exit.Time
}

// apply makes changes known. The caller has the lock.
func (w *watcher) apply(changes map[string]change) {
	if w.known == nil {
		w.known = make(map[string]found, len(changes))
	}
	for id, c := range changes {
		if c.now == (found{}) {
			delete(w.known, id)
		} else {
			w.known[id] = c.now
		}
	}
}
