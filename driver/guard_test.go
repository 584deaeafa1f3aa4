package driver_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

// failing makes a driver's next calls fail so often.
func failing(times int) *flaky {
	f := &flaky{}
	for range times {
		f.errs = append(f.errs, away())
	}
	return f
}

// 132: after some failures in a row a host is spared, then tried by one call at a time
// with pauses that grow, and used again when one succeeds; its health says so.
func TestGuardSparesAHost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		inner := failing(5 + 3)
		g := driver.Guarding(inner, driver.GuardOptions{})
		for n := range 5 {
			if h, err := g.Health(t.Context()); err != nil || h.Reason == driver.ReasonSpared {
				t.Errorf("after %d failures its health is %+v, %v", n, h, err)
			}
			inner.errs = failing(8 - n).errs // which the health's probes took
			if err := g.Start(t.Context(), "i1"); !errors.Is(err, dockerhv.ErrUnavailable) {
				t.Fatal(err)
			}
		}
		inner.errs, inner.attempts = failing(3).errs, nil
		for trials, pause := range []time.Duration{time.Second, 2 * time.Second, 4 * time.Second} {
			if err := g.Start(t.Context(), "i1"); !errors.Is(err, dockerhv.ErrUnavailable) || len(inner.attempts) != trials {
				t.Fatalf("while it is spared: %v after %d trials, want %d", err, len(inner.attempts), trials)
			}
			h, err := g.Health(t.Context())
			if err != nil || h.Status != driver.Unhealthy || h.Reason != driver.ReasonSpared || h.Detail == "" || h.Since.IsZero() {
				t.Errorf("its health is %+v, %v", h, err)
			}
			time.Sleep(pause - 10*time.Millisecond)
			_ = g.Start(t.Context(), "i1")
			time.Sleep(pause/2 + 20*time.Millisecond)
			if len(inner.attempts) != trials {
				t.Errorf("it was tried %d times too early", len(inner.attempts)-trials)
			}
			_ = g.Start(t.Context(), "i1")
		}
		time.Sleep(13 * time.Second)
		for range 3 {
			if err := g.Start(t.Context(), "i1"); err != nil {
				t.Error(err)
			}
		}
		if h, err := g.Health(t.Context()); err != nil || h.Status != driver.Healthy {
			t.Errorf("its health is %+v, %v", h, err)
		}
	})
}

// 127, 132: a host that hangs costs no caller time once it is spared, and is tried by
// one call at a time.
func TestGuardOfAHostThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		inner := &flaky{hang: true}
		g := driver.Guarding(inner, driver.GuardOptions{Failures: 2})
		for range 2 {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			if err := g.Start(ctx, "i1"); !errors.Is(err, context.DeadlineExceeded) {
				t.Fatal(err)
			}
			cancel()
		}
		time.Sleep(2 * time.Second)
		ctx, cancel := context.WithCancel(t.Context())
		trial := make(chan error, 1)
		go func() { trial <- g.Start(ctx, "i1") }()
		synctest.Wait()
		begun := time.Now()
		for name, call := range coreCalls(g) {
			if err := call(t.Context()); !errors.Is(err, dockerhv.ErrUnavailable) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if took := time.Since(begun); took > 0 || len(inner.attempts) != 3 {
			t.Errorf("it took %v, and the host was asked %d times", took, len(inner.attempts))
		}
		cancel()
		if err := <-trial; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		inner.hang = false // the trial told nothing, so the next call is one
		if err := g.Start(t.Context(), "i1"); err != nil {
			t.Error(err)
		}
	})
}

// 132: what is the caller's or the instance's fault is none of the host's.
func TestGuardCountsTheHostsFailuresAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, class := range []error{
			dockerhv.ErrNotFound, dockerhv.ErrConflict, dockerhv.ErrFailed, dockerhv.ErrInvalid, context.Canceled, dockerhv.ErrClosed,
		} {
			inner := &flaky{}
			for range 10 {
				inner.errs = append(inner.errs, &dockerhv.Error{Op: "do", Class: class})
			}
			g := driver.Guarding(inner, driver.GuardOptions{Failures: 1})
			for range 10 {
				if err := g.Start(t.Context(), "i1"); !errors.Is(err, class) {
					t.Fatalf("%v: %v", class, err)
				}
			}
		}
		slow := driver.Guarding(&flaky{hang: true}, driver.GuardOptions{Failures: 1})
		for range 3 { // an instance takes its time to stop
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			if err := slow.Stop(ctx, "i1", driver.StopOptions{}); !errors.Is(err, context.DeadlineExceeded) {
				t.Error(err)
			}
			cancel()
		}
	})
}
