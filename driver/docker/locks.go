package docker

import (
	"context"
	"sync"
)

// locks serialises the calls for each instance ID. The zero value is ready to
// use, and holds nothing for an ID that nobody is busy with.
type locks struct {
	mu   sync.Mutex
	held map[string]*lock
}

// lock is a mutex that can be given up waiting for.
type lock struct {
	token   chan struct{} // holds one value while the lock is free
	waiters int           // callers that have it or wait for it
}

// lock waits for the ID to be free, and returns what frees it again.
func (l *locks) lock(ctx context.Context, id string) (unlock func(), err error) {
	held := l.enter(id)
	select {
	case <-held.token:
		return func() {
			held.token <- struct{}{}
			l.leave(id, held)
		}, nil
	case <-ctx.Done():
		l.leave(id, held)
		return nil, ctx.Err()
	}
}

func (l *locks) enter(id string) *lock {
	l.mu.Lock()
	defer l.mu.Unlock()
	held := l.held[id]
	if held == nil {
		held = &lock{token: make(chan struct{}, 1)}
		held.token <- struct{}{}
		if l.held == nil {
			l.held = make(map[string]*lock)
		}
		l.held[id] = held
	}
	held.waiters++
	return held
}

func (l *locks) leave(id string, held *lock) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if held.waiters--; held.waiters == 0 {
		delete(l.held, id)
	}
}
