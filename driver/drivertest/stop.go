package drivertest

import (
	"context"
	"time"

	"github.com/dockerhv/dockerhv/driver"
)

var stopRules = group{name: "Stop", rules: []rule{
	{"sends SIGTERM unless the spec says otherwise", about(4), stopDefault, ""},
	{"sends the spec's signal", about(4), stopSignal, ""},
	{"returns when the command has ended, and tells how", about(14), stopReturns, ""},
	{"kills only after the spec's grace, rounded up to seconds", about(4, 6), stopGrace, ""},
	{"gives the call's grace, rounded up to seconds", about(4, 6), stopCallGrace, ""},
	{"gives all of a long grace to a command that needs it", about(4, 5), stopPatient, ""},
	{"kills at once if the grace is negative", about(4), stopAtOnce, ""},
	{"of what is at rest is success and changes nothing", about(8), stopAtRest, ""},
	{"of an absent instance is success", about(8), stopAbsent, ""},
	{"that is given up returns soon", about(1), stopGivenUp, ""},
	{"of many at once takes as long as of one", about(126, 127), stopTogether, ""},
}}

func stopDefault(t *trial) {
	t.run(t.spec("default", t.config.Workload.Serve("SIGTERM", 3)))
	t.stop("default", driver.StopOptions{})
	t.exited("default", 3)
}

func stopSignal(t *trial) {
	spec := t.spec("i1", t.config.Workload.Serve("SIGINT", 7))
	spec.StopSignal = "SIGINT"
	t.run(spec)
	t.stop("i1", driver.StopOptions{})
	t.exited("i1", 7)
}

func stopReturns(t *trial) {
	started := t.serve("i1").Started
	t.within(soon, func() { t.stop("i1", driver.StopOptions{}) })
	i := t.inspect("i1")
	if i.State != driver.Exited || i.Exit == nil {
		t.Fatalf("stopped, the instance is %s, exit %+v", i.State, i.Exit)
	}
	if i.Finished.Before(started) || !i.Exit.Time.Equal(i.Finished) || i.Exit.OOM || i.Exit.Error != "" {
		t.Errorf("started at %v, finished at %v, exit %+v", started, i.Finished, i.Exit)
	}
}

func stopGrace(t *trial) {
	spec := t.spec("i1", t.config.Workload.Stubborn)
	spec.StopGrace = 1200 * time.Millisecond
	t.run(spec)
	t.took(2*time.Second, func() { t.stop("i1", driver.StopOptions{}) })
	t.exited("i1", 137)
}

func stopCallGrace(t *trial) {
	spec := t.spec("i1", t.config.Workload.Stubborn)
	spec.StopGrace = time.Hour
	t.run(spec)
	t.took(time.Second, func() { t.stop("i1", driver.StopOptions{Grace: 50 * time.Millisecond}) })
	t.exited("i1", 137)
}

// stopPatient: an hour's grace is not waited for by one that ends after 3 seconds,
// and does not end it before.
func stopPatient(t *trial) {
	spec := t.spec("i1", t.config.Workload.Exit(5, 3*time.Second))
	spec.StopGrace, spec.StopSignal = time.Hour, "SIGCHLD" // which means nothing to it
	t.create(spec)
	t.start("i1")
	t.within(soon, func() { t.stop("i1", driver.StopOptions{}) })
	t.exited("i1", 5)
}

func stopAtOnce(t *trial) {
	spec := t.spec("i1", t.config.Workload.Stubborn)
	spec.StopGrace = time.Hour
	t.run(spec)
	t.within(soon, func() { t.stop("i1", driver.StopOptions{Grace: -1}) })
	t.exited("i1", 137)
}

func stopAtRest(t *trial) {
	t.create(t.server("i1"))
	created := t.inspect("i1")
	t.stop("i1", driver.StopOptions{})
	t.same("the instance that was never started", created, t.inspect("i1"))
	t.start("i1")
	t.stop("i1", driver.StopOptions{Grace: -1})
	stopped := t.inspect("i1")
	t.stop("i1", driver.StopOptions{})
	t.must(t.again().Stop(t.Context(), "i1", driver.StopOptions{}))
	t.same("the instance that was stopped", stopped, t.inspect("i1"))
}

func stopAbsent(t *trial) {
	t.stop("nobody", driver.StopOptions{})
	t.none(t.driver)
}

func stopGivenUp(t *trial) {
	spec := t.spec("i1", t.config.Workload.Stubborn)
	spec.StopGrace = time.Hour
	t.run(spec)
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	t.within(soon, func() { t.refused(t.driver.Stop(ctx, "i1", driver.StopOptions{}), context.DeadlineExceeded) })
	t.state("i1", driver.Running)
	t.within(soon, func() { t.stop("i1", driver.StopOptions{Grace: -1}) })
	t.state("i1", driver.Exited)
}

func stopTogether(t *trial) {
	for _, id := range []string{"i1", "i2", "i3", "i4"} {
		t.run(t.spec(id, t.config.Workload.Stubborn))
	}
	begun := time.Now()
	t.must(together(4, func(n int) error {
		return t.driver.Stop(t.Context(), []string{"i1", "i2", "i3", "i4"}[n], driver.StopOptions{Grace: 4 * time.Second})
	}))
	if took := time.Since(begun); took < 4*time.Second || took > 12*time.Second {
		t.Errorf("four stops with a grace of 4s at once took %v, want a little over 4s", took)
	}
}

// exited asserts how an instance's command ended.
func (t *trial) exited(id string, code int) {
	t.Helper()
	i := t.inspect(id)
	if i.State != driver.Exited || i.Exit == nil || i.Exit.Code != code || i.Exit.OOM {
		t.Errorf("the instance is %s, exit %+v; want code %d", i.State, i.Exit, code)
	}
}

// took asserts that a call takes a time, and not much longer.
func (t *trial) took(least time.Duration, call func()) {
	t.Helper()
	begun := time.Now()
	call()
	if took := time.Since(begun); took < least-100*time.Millisecond || took > least+soon {
		t.Errorf("the call took %v, want %v", took, least)
	}
}
