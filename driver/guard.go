package driver

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/dockerhv/dockerhv"
)

// GuardOptions says when a failing host is spared, and for how long. The zero value works.
type GuardOptions struct {
	// Failures is after how many failures in a row the host is spared; 0 means 5. A
	// failure is dockerhv.ErrUnavailable, or a deadline of a call that has nothing to
	// wait for, which is all but Stop and Restart.
	Failures int
	// Pause is how long it is spared at first; it doubles each time up to Cap, with a
	// random part of up to a half. 0 means one second and one minute.
	Pause, Cap time.Duration
}

// Guard is a driver that spares a host that fails: a circuit breaker. After some
// failures in a row calls of the core fail at once with dockerhv.ErrUnavailable. After a
// pause one call is let through, and decides whether the host is spared for longer. The
// optional interfaces are the inner driver's.
//
// Each host needs a Guard of its own, and then one that hangs costs its callers no time,
// nor its probes more than one call at a time. A spared host is Unhealthy with
// ReasonSpared. Put [Retrying] around a Guard, not within.
type Guard struct {
	wrapped
	opts GuardOptions

	mu       sync.Mutex
	failures int       // in a row
	spared   int       // how many times in a row the host was spared
	since    time.Time // since when it has been; zero when it is not
	until    time.Time // when a call may be let through
	trying   bool      // one is
	last     error     // why it failed
}

var (
	_ Driver       = (*Guard)(nil)
	_ HealthReader = (*Guard)(nil)
)

// Guarding returns a driver that spares a host when it fails.
func Guarding(d Driver, opts GuardOptions) *Guard {
	opts.Failures = cmp.Or(opts.Failures, 5)
	opts.Pause = cmp.Or(opts.Pause, time.Second)
	opts.Cap = cmp.Or(opts.Cap, time.Minute)
	g := &Guard{opts: opts}
	g.wrapped = wrapped{Driver: d, around: g.guard}
	return g
}

// Health tells how the host is. While it is spared it is not asked.
func (g *Guard) Health(ctx context.Context) (Health, error) {
	g.mu.Lock()
	since, last := g.since, g.last
	g.mu.Unlock()
	if !since.IsZero() {
		return Health{
			Status: Unhealthy, Reason: ReasonSpared, Detail: last.Error(), Since: since.UTC(), Checked: time.Now().UTC(),
		}, nil
	}
	return ReadHealth(ctx, g.Driver)
}

// guard makes a call, unless the host is spared.
func (g *Guard) guard(ctx context.Context, c coreCall, call func(context.Context) error) error {
	trial, err := g.enter(c)
	if err != nil {
		return err
	}
	err = call(ctx)
	g.leave(c, trial, err)
	return err
}

// enter lets a call through, or not. The one that is let through to a spared host is a
// trial.
func (g *Guard) enter(c coreCall) (trial bool, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.since.IsZero() {
		return false, nil
	}
	if left := time.Until(g.until); left > 0 || g.trying {
		return false, &dockerhv.Error{
			Op: c.op, ID: c.id, Class: dockerhv.ErrUnavailable,
			Err:  fmt.Errorf("the host has failed %d times in a row and is spared for %v: %w", g.failures, max(0, left).Round(time.Millisecond), g.last),
			Next: "wait, or check the host",
		}
	}
	g.trying = true
	return true, nil
}

// leave learns from what a call came to.
func (g *Guard) leave(c coreCall, trial bool, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if trial {
		g.trying = false
	}
	switch outcome := dockerhv.Outcome(err); {
	case outcome == "unavailable", outcome == "deadline_exceeded" && !c.waits:
		g.failures++
		g.last = err
		if trial || g.since.IsZero() && g.failures >= g.opts.Failures {
			g.spare()
		}
	case outcome == "canceled", outcome == "deadline_exceeded", outcome == "closed": // says nothing of the host
	default: // it has answered
		g.failures, g.spared, g.since, g.last = 0, 0, time.Time{}, nil
	}
}

// spare spares the host, for longer each time in a row.
func (g *Guard) spare() {
	if g.since.IsZero() {
		g.since = time.Now()
	}
	pause := g.opts.Cap
	if g.spared < 30 && g.opts.Pause<<g.spared < g.opts.Cap {
		pause = g.opts.Pause << g.spared
	}
	g.spared++
	g.until = time.Now().Add(pause + rand.N(pause/2+1)) //nolint:gosec // nobody gains from guessing it
}
