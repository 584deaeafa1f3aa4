package drivertest

import (
	"context"
	"errors"
	"time"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

// healthyRules hold for every driver: [driver.AwaitHealthy] asks one that is no
// HealthWaiter. They are skipped where health checks are refused.
var healthyRules = group{name: "Healthy", rules: []rule{
	{"is starting, and healthy when the check passes", about(27, 117), healthyPasses, ""},
	{"is unhealthy when the check fails too often", about(27, 117), healthyFails, ""},
	{"is none of what has no check or does not run", about(117), healthyNone, ""},
	{"is awaited by many, before and after", about(16, 27), healthyMany, ""},
	{"is awaited of what was never started", about(27), healthyCreated, ""},
	{"is not awaited of what ends, which is told", about(27), healthyEnds, ""},
	{"is not awaited of what has no check or is absent", about(27), healthyRefused, ""},
	{"is awaited no longer than its context", about(1, 17, 27), healthyGivenUp, ""},
	{"is told by events, each change once", about(114, 117), healthyEvents, EventSource},
}}

// checked is a server with a health check.
func (t *trial) checked(id string, command []string) driver.Spec {
	t.Helper()
	if command == nil {
		t.Skip("the workload has no command for this")
	}
	spec := t.server(id)
	spec.Health = &driver.HealthCheck{Command: command, Interval: 200 * time.Millisecond, Retries: 2, Timeout: soon}
	if _, err := t.driver.Create(t.Context(), spec); errors.Is(err, errors.ErrUnsupported) {
		t.Skip(err)
	}
	return spec
}

func (t *trial) passes(id string) driver.Spec {
	t.Helper()
	return t.checked(id, t.config.Workload.Exit(0, 0))
}

func (t *trial) fails(id string) driver.Spec {
	t.Helper()
	return t.checked(id, t.config.Workload.Exit(1, 0))
}

// health asserts what Inspect and List tell.
func (t *trial) instanceHealth(id string, want driver.CheckStatus) driver.CheckResult {
	t.Helper()
	got := t.inspect(id).Health
	t.same("the health of "+id, want, got.Status)
	listed, err := t.driver.List(t.Context(), driver.Filter{IDs: []string{id}})
	t.must(err)
	if len(listed) != 1 || listed[0].Health != (driver.CheckResult{Status: want}) {
		t.Errorf("%s is listed as %+v, want the health %q alone", id, listed, want)
	}
	return got
}

func healthyPasses(t *trial) {
	spec := t.passes("i1")
	spec.ID, spec.Health.Interval = "slow", time.Hour
	t.run(spec)
	if got := t.instanceHealth("slow", driver.CheckStarting); !got.Time.IsZero() || got.Failures != 0 {
		t.Errorf("before the first check the result is %+v", got)
	}
	t.start("i1")
	t.must(driver.AwaitHealthy(t.Context(), t.driver, "i1"))
	if got := t.instanceHealth("i1", driver.CheckHealthy); got.Time.IsZero() || got.Failures != 0 {
		t.Errorf("the result is %+v", got)
	}
}

func healthyFails(t *trial) {
	t.fails("i1")
	t.start("i1")
	err := driver.AwaitHealthy(t.Context(), t.driver, "i1")
	t.refused(err, dockerhv.ErrFailed)
	if e, ok := errors.AsType[*driver.UnhealthyError](err); !ok || e.Result.Failures < 2 || e.Result.Time.IsZero() {
		t.Errorf("the error is %#v, want an UnhealthyError after 2 failures", err)
	}
	t.instanceHealth("i1", driver.CheckUnhealthy)
	t.state("i1", driver.Running)
}

func healthyNone(t *trial) {
	t.serve("without")
	t.instanceHealth("without", driver.CheckNone)
	t.passes("i1")
	t.instanceHealth("i1", driver.CheckNone)
	t.start("i1")
	t.must(driver.AwaitHealthy(t.Context(), t.driver, "i1"))
	if Pauser.has(t.driver) {
		t.freeze("i1")
		t.instanceHealth("i1", driver.CheckNone)
		t.thaw("i1")
		t.must(driver.AwaitHealthy(t.Context(), t.driver, "i1"))
	}
	t.stop("i1", driver.StopOptions{Grace: -1})
	t.instanceHealth("i1", driver.CheckNone)
}

// healthy awaits the instance i1 in the background.
func healthy(ctx context.Context, d driver.Driver) <-chan waited {
	done := make(chan waited, 1)
	go func() { done <- waited{err: driver.AwaitHealthy(ctx, d, "i1")} }()
	return done
}

func healthyMany(t *trial) {
	t.passes("i1")
	t.start("i1")
	again := t.again()
	var all []<-chan waited
	for range 3 {
		all = append(all, healthy(t.Context(), t.driver), healthy(t.Context(), again))
	}
	for _, waiter := range all {
		t.must(result(t, waiter).err)
	}
	t.within(soon, func() { t.must(driver.AwaitHealthy(t.Context(), t.driver, "i1")) })
}

func healthyCreated(t *trial) {
	t.passes("i1")
	waiter := healthy(t.Context(), t.driver)
	t.pause(300 * time.Millisecond)
	t.start("i1")
	t.must(result(t, waiter).err)
}

func healthyEnds(t *trial) {
	spec := t.passes("other")
	spec.ID, spec.Command, spec.Health.Interval = "i1", t.config.Workload.Exit(7, time.Second), time.Hour
	t.create(spec)
	t.start("i1")
	during := healthy(t.Context(), t.driver)
	t.ended("i1")
	for _, w := range []waited{result(t, during), result(t, healthy(t.Context(), t.driver))} {
		t.refused(w.err, dockerhv.ErrFailed)
		if e, ok := errors.AsType[*driver.ExitError](w.err); !ok || e.Exit.Code != 7 || e.Exit.Cause != driver.ExitNormal {
			t.Errorf("the error is %#v, want an ExitError of code 7", w.err)
		}
	}
}

func healthyRefused(t *trial) {
	t.serve("without")
	t.refused(driver.AwaitHealthy(t.Context(), t.driver, "without"), dockerhv.ErrConflict)
	t.refused(driver.AwaitHealthy(t.Context(), t.driver, "nobody"), dockerhv.ErrNotFound)
}

func healthyGivenUp(t *trial) {
	spec := t.passes("other")
	spec.ID, spec.Health.Interval = "i1", time.Hour
	t.run(spec)
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	t.within(soon, func() { t.refused(driver.AwaitHealthy(ctx, t.driver, "i1"), context.DeadlineExceeded) })
}

func healthyEvents(t *trial) {
	t.passes("well")
	t.fails("ill")
	w := t.watch(t.driver)
	w.until(driver.EventSnapshot, "well")
	t.start("well")
	t.start("ill")
	for id, want := range map[string]driver.CheckStatus{"well": driver.CheckHealthy, "ill": driver.CheckUnhealthy} {
		if e := w.until(driver.EventHealth, id); e.Detail != string(want) || e.State != driver.Running {
			t.Errorf("%s: the event is %+v, want the detail %s", id, e, want)
		}
	}
	t.pause(time.Second)
	events, _ := w.seen()
	told := map[string]int{}
	for _, e := range events {
		if e.Type == driver.EventHealth {
			told[e.ID]++
		}
	}
	t.same("changes told", map[string]int{"well": 1, "ill": 1}, told)
}
