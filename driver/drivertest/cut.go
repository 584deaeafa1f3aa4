package drivertest

import (
	"context"
	"errors"
	"maps"
	"sync"
	"time"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

// cutRules are about a host that is away for a while.
var cutRules = group{name: "Cut", alone: true, rules: []rule{
	{"makes every call ErrUnavailable, and no longer than it lasts", about(37), cutCalls, ""},
	{"is neither recovered nor swept", about(41, 52), recoverCut, ""},
	{"is told once to a reader of events, and then what changed", about(46, 47), cutEvents, EventSource},
	{"is no exit to one who waits", about(46), cutWait, Waiter},
	{"makes the host unhealthy for a reason, until it is well for a while", about(136, 137), cutHealth, HealthReader},
}}

// cut cuts the drivers off, until mend is called or the test ends.
func (t *trial) cut() (mend func()) {
	t.Helper()
	if t.config.Cut == nil {
		t.Skip("Config.Cut is nil")
	}
	mend = sync.OnceFunc(t.config.Cut(t.T))
	t.Cleanup(mend)
	return mend
}

func cutCalls(t *trial) {
	before := t.serve("i1")
	mend := t.cut()
	for op, call := range reachable(t.driver, "i1") {
		ctx, cancel := context.WithTimeout(t.Context(), soon)
		if op == "Wait" && Waiter.has(t.driver) {
			cancel() // it waits for the host, too
			continue
		}
		if err := fault(call(ctx), dockerhv.ErrUnavailable); err != nil {
			t.Errorf("%s: %v", op, err)
		}
		cancel()
	}
	mend()
	t.same("the instance after the cut", before, t.inspect("i1"))
}

func cutEvents(t *trial) {
	t.serve("there")
	t.create(t.spec("ends", t.config.Workload.Exit(5, 2*time.Second)))
	w := t.watch(t.driver)
	w.until(driver.EventSnapshot, "ends")
	t.start("ends")
	w.until(driver.EventStarted, "ends")
	mend := t.cut()
	t.pause(2500 * time.Millisecond)
	mend()
	w.until(driver.EventGap, "")
	t.eventually("the reader knows all there is", func() bool {
		got, _ := w.picture()
		return maps.Equal(got, t.drawn())
	})
	t.start("ends") // the stream goes on
	t.eventually("the reader hears of what comes after the cut", func() bool {
		got, _ := w.picture()
		return got["ends"] == driver.Running
	})
	if _, errs := w.seen(); len(errs) != 1 || !errors.Is(errs[0], dockerhv.ErrUnavailable) {
		t.Errorf("of one cut the reader got the errors %v, want one that is %q", errs, dockerhv.ErrUnavailable)
	}
}

func cutWait(t *trial) {
	t.create(t.spec("i1", t.config.Workload.Exit(6, 3*time.Second)))
	t.start("i1")
	waiter := waiting(t.Context(), t.driver, "i1")
	t.pause(300 * time.Millisecond)
	mend := t.cut()
	t.pause(500 * time.Millisecond)
	mend()
	w := result(t, waiter)
	if errors.Is(w.err, dockerhv.ErrUnavailable) {
		w.exit, w.err = driver.Wait(t.Context(), t.driver, "i1") // it may give up, but not make up an exit
	}
	if w.err != nil || w.exit.Code != 6 {
		t.Errorf("the result is %+v, want code 6", w)
	}
}
