package engine

import (
	"context"
	"sync"
)

// Locks serialises the calls for each key, such as an instance's ID. The zero value is
// ready to use, and holds nothing for a key that nobody is busy with.
type Locks struct {
	mu   sync.Mutex
	held map[string]*lock
}

// lock is a mutex that can be given up waiting for.
type lock struct {
	token   chan struct{} // holds one value while the lock is free
	waiters int           // callers that have it or wait for it
}

// Lock waits for the key to be free, and returns what frees it again.
func (l *Locks) Lock(ctx context.Context, key string) (unlock func(), err error) {
	held := l.enter(key)
	select {
	case <-held.token:
		return func() {
			held.token <- struct{}{}
			l.leave(key, held)
		}, nil
	case <-ctx.Done():
		l.leave(key, held)
		return nil, ctx.Err()
	}
}

func (l *Locks) enter(key string) *lock {
	l.mu.Lock()
	defer l.mu.Unlock()
	held := l.held[key]
	if held == nil {
		held = &lock{token: make(chan struct{}, 1)}
		held.token <- struct{}{}
		if l.held == nil {
			l.held = make(map[string]*lock)
		}
		l.held[key] = held
	}
	held.waiters++
	return held
}

func (l *Locks) leave(key string, held *lock) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if held.waiters--; held.waiters == 0 {
		delete(l.held, key)
	}
}
