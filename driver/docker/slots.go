package docker

import (
	"cmp"
	"context"
	"sync"
	"time"
)

// slotBound is how long a call keeps a slot. One that takes longer hangs, and must not
// hold up the others.
const slotBound = 30 * time.Second

// slots bound how many calls are made at the same time. Make them with newSlots.
type slots struct {
	free  chan struct{} // has a value for each that is free; nil is no bound
	bound time.Duration // slotBound
}

func newSlots(n int) slots {
	n = cmp.Or(n, DefaultConcurrency)
	if n < 0 {
		return slots{}
	}
	s := slots{free: make(chan struct{}, n), bound: slotBound}
	for range n {
		s.free <- struct{}{}
	}
	return s
}

// take waits for a slot, and returns what frees it again.
func (s slots) take(ctx context.Context) (free func(), err error) {
	if s.free == nil {
		return func() {}, nil
	}
	select {
	case <-s.free:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	once := sync.OnceFunc(func() { s.free <- struct{}{} })
	timer := time.AfterFunc(s.bound, once)
	return func() {
		timer.Stop()
		once()
	}, nil
}

// in makes a call in a slot.
func (s slots) in(ctx context.Context, call func() error) error {
	free, err := s.take(ctx)
	if err != nil {
		return err
	}
	defer free()
	return call()
}
