package drivertest

import (
	"context"
	"time"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

// waitRules hold for every driver: [driver.Wait] asks one that is no Waiter.
var waitRules = group{name: "Wait", rules: []rule{
	{"of many, before and after the exit, has one result", about(16), waitMany, ""},
	{"waits for what was never started", about(16), waitCreated, ""},
	{"goes on while the instance is paused", about(16, 23), waitPaused, Pauser},
	{"tells a kill from an exit", about(14, 15), waitKilled, Signaler},
	{"tells that the memory was used up", about(14, 15, 84), waitMemory, ""},
	{"of an absent instance is ErrNotFound", about(16), waitAbsent, ""},
	{"ends when the instance is destroyed", about(16), waitDestroyed, ""},
	{"ends soon after its context", about(1, 17), waitGivenUp, ""},
	{"sees the exit of each run", about(14, 16), waitRuns, ""},
}}

// waiting waits in the background.
func waiting(ctx context.Context, d driver.Driver, id string) <-chan waited {
	done := make(chan waited, 1)
	go func() {
		exit, err := driver.Wait(ctx, d, id)
		done <- waited{exit, err}
	}()
	return done
}

type waited struct {
	exit driver.Exit
	err  error
}

// result waits for a waiter, but not for ever.
func result(t *trial, waiter <-chan waited) waited {
	t.Helper()
	select {
	case w := <-waiter:
		return w
	case <-time.After(soon):
		t.Fatalf("Wait goes on after %v", soon)
		return waited{}
	}
}

func waitMany(t *trial) {
	t.create(t.spec("i1", t.config.Workload.Exit(9, time.Second)))
	ctx, again := t.Context(), t.again()
	var waiters []<-chan waited
	for range 3 {
		waiters = append(waiters, waiting(ctx, t.driver, "i1"), waiting(ctx, again, "i1"))
	}
	t.start("i1")
	for range 3 {
		waiters = append(waiters, waiting(ctx, t.driver, "i1"))
	}
	first := result(t, waiters[0])
	waiters = append(waiters, waiting(ctx, t.driver, "i1"), waiting(ctx, again, "i1"))
	for _, waiter := range waiters[1:] {
		if got := result(t, waiter); got != first {
			t.Errorf("a waiter has %+v, another %+v", got, first)
		}
	}
	if first.err != nil || first.exit.Code != 9 || first.exit.Time.IsZero() || first.exit.OOM {
		t.Errorf("the result is %+v, want code 9", first)
	}
}

func waitCreated(t *trial) {
	t.create(t.server("i1"))
	waiter := waiting(t.Context(), t.driver, "i1")
	t.pause(300 * time.Millisecond)
	select {
	case w := <-waiter:
		t.Fatalf("the instance was never started, and Wait returns %+v", w)
	default:
	}
	t.start("i1")
	t.await("i1", ready)
	t.stop("i1", driver.StopOptions{})
	if w := result(t, waiter); w.err != nil || w.exit.Code != 0 || w.exit.Time.IsZero() {
		t.Errorf("the result is %+v, want code 0", w)
	}
}

func waitPaused(t *trial) {
	t.serve("i1")
	waiter := waiting(t.Context(), t.driver, "i1")
	t.freeze("i1")
	t.thaw("i1")
	select {
	case w := <-waiter:
		t.Fatalf("the instance was paused, and Wait returns %+v", w)
	case <-time.After(300 * time.Millisecond):
	}
	t.stop("i1", driver.StopOptions{})
	if w := result(t, waiter); w.err != nil || w.exit.Code != 0 {
		t.Errorf("the result is %+v, want code 0", w)
	}
}

func waitKilled(t *trial) {
	t.serve("i1")
	t.must(driver.Signal(t.Context(), t.driver, "i1", "SIGKILL"))
	if exit := t.ended("i1"); exit.Code != 137 || exit.OOM {
		t.Errorf("exit %+v, want code 137 and no word of memory", exit)
	}
}

func waitMemory(t *trial) {
	h, err := t.driver.Host(t.Context())
	t.must(err)
	if !h.LimitsMemory {
		t.Skip("the host does not bound memory")
	}
	spec := t.spec("i1", t.config.Workload.Eat)
	spec.Resources.Memory = 8 << 20
	t.create(spec)
	t.start("i1")
	if exit := t.ended("i1"); exit.Code != 137 || !exit.OOM {
		t.Errorf("exit %+v, want code 137, out of memory", exit)
	}
	if i := t.inspect("i1"); i.Exit == nil || !i.Exit.OOM {
		t.Errorf("Inspect tells exit %+v, want out of memory", i.Exit)
	}
}

func waitAbsent(t *trial) {
	_, err := driver.Wait(t.Context(), t.driver, "nobody")
	t.refused(err, dockerhv.ErrNotFound)
}

func waitDestroyed(t *trial) {
	t.create(t.server("never-started"))
	t.serve("running")
	created := waiting(t.Context(), t.driver, "never-started")
	running := waiting(t.Context(), t.driver, "running")
	t.pause(300 * time.Millisecond)
	for _, id := range []string{"never-started", "running"} {
		t.must(t.driver.Destroy(t.Context(), id, driver.DestroyOptions{Force: true}))
	}
	t.refused(result(t, created).err, dockerhv.ErrNotFound)
	if w := result(t, running); w.err != nil {
		t.refused(w.err, dockerhv.ErrNotFound)
	} else if w.exit.Code != 137 {
		t.Errorf("destroyed while it ran: %+v, want 137 or ErrNotFound", w)
	}
}

func waitGivenUp(t *trial) {
	t.serve("i1")
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	var waiters []<-chan waited
	for range 20 {
		waiters = append(waiters, waiting(ctx, t.driver, "i1"))
	}
	for _, waiter := range waiters {
		t.refused(result(t, waiter).err, context.DeadlineExceeded)
	}
	t.state("i1", driver.Running)
}

func waitRuns(t *trial) {
	t.create(t.spec("i1", t.config.Workload.Exit(4, 200*time.Millisecond)))
	var last time.Time
	for range 3 {
		t.start("i1")
		exit := t.ended("i1")
		if exit.Code != 4 || !exit.Time.After(last) {
			t.Errorf("exit %+v, want code 4 after %v", exit, last)
		}
		last = exit.Time
	}
}
