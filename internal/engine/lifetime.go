package engine

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/dockerhv/dockerhv"
)

// Lifetime is the time until something is closed. What it holds ends with it. The
// zero value has begun.
type Lifetime struct {
	mu    sync.Mutex
	ended bool
	held  map[*hold]struct{}
	idle  func() // called once when it has ended and holds nothing
}

// hold is something that has an end.
type hold struct{ end func() }

// ErrClosed is the cause of what fails because it is used after its end.
func ErrClosed() error { return fmt.Errorf("the driver is %w", dockerhv.ErrClosed) }

// Hold has end called when the lifetime ends, unless it is released before. After
// the end it is called at once.
func (l *Lifetime) Hold(end func()) (release func()) {
	h := &hold{end: end}
	if !l.keep(h) {
		end()
	}
	return func() { l.release(h) }
}

func (l *Lifetime) keep(h *hold) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended {
		return false
	}
	if l.held == nil {
		l.held = make(map[*hold]struct{})
	}
	l.held[h] = struct{}{}
	return true
}

// Bind returns a context that ends with the lifetime, too, and then has ErrClosed for
// its cause.
func (l *Lifetime) Bind(ctx context.Context) (bound context.Context, release func()) {
	bound, cancel := context.WithCancelCause(ctx)
	drop := l.Hold(func() { cancel(ErrClosed()) })
	return bound, func() {
		drop()
		cancel(nil)
	}
}

// End ends the lifetime and all that it holds. What is idle is called when all of it
// has been released: at once, or by whoever releases the last. Once more it does nothing.
func (l *Lifetime) End(idle func()) {
	l.mu.Lock()
	if l.ended {
		l.mu.Unlock()
		return
	}
	l.ended, l.idle = true, idle
	held := slices.Collect(maps.Keys(l.held))
	l.mu.Unlock()
	for _, h := range held {
		h.end()
	}
	l.release(nil)
}

func (l *Lifetime) release(h *hold) {
	l.mu.Lock()
	delete(l.held, h)
	var idle func()
	if l.ended && len(l.held) == 0 {
		idle, l.idle = l.idle, nil
	}
	l.mu.Unlock()
	if idle != nil {
		idle()
	}
}

// Ended tells whether the lifetime is over.
func (l *Lifetime) Ended() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.ended
}

// Held tells how many things it holds.
func (l *Lifetime) Held() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.held)
}
