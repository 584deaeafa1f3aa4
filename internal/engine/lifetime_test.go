package engine

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/dockerhv/dockerhv"
)

// 131: what is held ends with the lifetime, and the last to be released calls idle, once.
func TestLifetime(t *testing.T) {
	var l Lifetime
	first, releaseFirst := l.Bind(t.Context())
	second, releaseSecond := l.Bind(t.Context())
	releaseFirst()
	if first.Err() == nil || errors.Is(context.Cause(first), dockerhv.ErrClosed) || l.Held() != 1 {
		t.Errorf("released: %v, %d held", context.Cause(first), l.Held())
	}
	idle := 0
	l.End(func() { idle++ })
	l.End(func() { t.Error("ended twice") })
	if !errors.Is(context.Cause(second), dockerhv.ErrClosed) || !l.Ended() || idle != 0 {
		t.Errorf("ended: %v, %d times idle", context.Cause(second), idle)
	}
	late, releaseLate := l.Bind(t.Context())
	if !errors.Is(context.Cause(late), dockerhv.ErrClosed) || l.Held() != 1 {
		t.Errorf("bound after the end: %v, %d held", context.Cause(late), l.Held())
	}
	releaseLate()
	releaseSecond()
	releaseSecond()
	if idle != 1 {
		t.Errorf("idle was called %d times", idle)
	}
}

func TestLifetimeIsForMany(t *testing.T) {
	var (
		l     Lifetime
		group sync.WaitGroup
		idle  = make(chan struct{})
	)
	for range 50 {
		group.Go(func() {
			ctx, release := l.Bind(t.Context())
			defer release()
			<-ctx.Done()
		})
	}
	l.End(func() { close(idle) })
	group.Wait()
	<-idle
}
