package docker

import (
	"sync"
	"time"

	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/internal/engine"
)

// lives is what this driver knows of containers and the engine does not tell: what it
// did to them itself. It is all lost with the driver, which is why Exit.Cause and
// Instance.Restarts say how much less is known then. The zero value is ready to use.
type lives struct {
	mu sync.Mutex
	of map[string]*life // by container ID
}

// life is what is known of one container.
type life struct {
	// asked is what this driver did to the present run; empty if nothing.
	asked driver.ExitCause
	// before is what it did to the run before, while no event has told of its end.
	before driver.ExitCause
	// heard is what events told of the run, which is all there was if whole.
	heard engine.Record
	whole bool
	// last is the newest exit whose cause is known.
	last judged
	// restarts is how often it was started again by this driver, and what the engine
	// had counted until then, which each such start makes it forget.
	restarts int
	// rests is true while the container is known to be at rest, with begun telling
	// whether it ever ran: then a start needs no look at it.
	rests, begun bool
	// plain is true of one that this driver made, and that the engine never starts by
	// itself: only that one's rest lasts.
	plain bool
	// alone is true of one that this driver made, and beside which nothing is set aside.
	alone bool
	// missed is true when the container was not in the last list.
	missed bool
}

// judged is the cause of an exit, and the engine's time until which it was looked at.
type judged struct {
	until time.Time
	cause driver.ExitCause
}

// with lets a function see and change a container's life, which begins with that.
func (l *lives) with(hostID string, f func(*life)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	one := l.of[hostID]
	if one == nil {
		one = &life{}
		if l.of == nil {
			l.of = make(map[string]*life)
		}
		l.of[hostID] = one
	}
	f(one)
}

// asks notes what is about to be done to a container's run.
func (l *lives) asks(hostID string, cause driver.ExitCause) {
	l.with(hostID, func(one *life) {
		// What came first is the reason, but a kill ends what a request did not.
		if one.asked == "" || one.asked == driver.ExitNormal || cause == driver.ExitKilled && one.asked == driver.ExitStopped {
			one.asked = cause
		}
		one.rests = false
	})
}

// created notes that this driver made a container.
func (l *lives) created(hostID string, restart driver.Restart) {
	l.with(hostID, func(one *life) {
		one.rests, one.plain, one.alone = true, restart.Policy == driver.RestartNever, true
	})
}

// rested notes that a container is at rest since this driver stopped it.
func (l *lives) rested(hostID string) {
	l.with(hostID, func(one *life) { one.rests, one.begun = one.plain, true })
}

// started notes that this driver began a new run: again tells whether there was one
// before, counted what the engine had counted until then.
func (l *lives) started(hostID string, again bool, counted int, listening bool) {
	l.with(hostID, func(one *life) {
		if again {
			one.restarts += 1 + counted
		}
		if one.before == "" && listening {
			one.before = one.asked
		}
		one.asked, one.rests, one.begun = "", false, true
	})
}

// hear takes an event into account, and returns the cause of the exit that it tells of.
func (l *lives) hear(e engine.Event) (cause driver.ExitCause) {
	l.with(e.HostID, func(one *life) {
		switch e.Type { //nolint:exhaustive // the others tell of no end and no beginning
		case driver.EventStarted:
			one.heard, one.whole, one.before = engine.Record{}, true, ""
			return
		case driver.EventDestroyed:
			delete(l.of, e.HostID)
			return
		}
		one.heard.Add(e)
		if e.Type != driver.EventExited {
			return
		}
		asked := one.asked
		if one.before != "" {
			asked = one.before
		}
		heard := one.heard
		heard.Ended = one.whole
		cause = judge(asked, heard, exitTold(&e.Event), true).Cause
		if one.whole && heard.Told() {
			one.last = judged{e.Time, cause}
		}
	})
	return cause
}

// interrupted notes that events may have been missed.
func (l *lives) interrupted() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, one := range l.of {
		one.whole, one.before = false, ""
	}
}

// keep forgets what two lists in turn did not have: one that was made since the list
// is not in it yet.
func (l *lives) keep(instances []driver.Instance) {
	listed := make(map[string]bool, len(instances))
	for _, i := range instances {
		listed[i.HostID] = true
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for hostID, one := range l.of {
		switch {
		case listed[hostID]:
			one.missed = false
		case one.missed:
			delete(l.of, hostID)
		default:
			one.missed = true
		}
	}
}

// drop forgets a container.
func (l *lives) drop(hostID string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.of, hostID)
}
