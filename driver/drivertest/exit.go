package drivertest

import (
	"time"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

// exitRules are about why a run ended, as the driver tells it that saw to it. What is
// done from outside of the driver they can't do.
var exitRules = group{name: "Exit", rules: []rule{
	{"by itself is normal, whatever the code", about(14, 15), exitNormal, ""},
	{"by a stop is stopped, and killed after the grace or at once", about(14, 15), exitStopped, ""},
	{"by a stop of what has ended keeps its cause", about(8, 15), exitStoppedLate, ""},
	{"by a stop for bad health is unhealthy", about(15), exitUnhealthy, ""},
	{"by SIGKILL is killed, and by another signal its own", about(14, 15), exitSignal, Signaler},
	{"by the kernel for memory is oom, and by force never", about(15, 84), exitMemory, ""},
	{"that could not begin is start-failed, also to who waits", about(14, 15), exitStartFailed, ""},
	{"of each run has its own cause", about(14, 15), exitRuns, ""},
	{"is told with its cause by events", about(15, 114), exitEvents, EventSource},
}}

// cause asserts how an instance's run ended, by Inspect and by Wait.
func (t *trial) cause(id string, code int, want driver.ExitCause) {
	t.Helper()
	exit := t.ended(id)
	if i := t.inspect(id); i.Exit == nil || *i.Exit != exit {
		t.Errorf("Wait says %+v, Inspect %+v", exit, i.Exit)
	}
	if exit.Code != code || exit.Cause != want || exit.Signal != driver.SignalOf(code) || exit.OOM != (want == driver.ExitOOM) {
		t.Errorf("the exit is %+v, want code %d and the cause %s", exit, code, want)
	}
}

func exitNormal(t *trial) {
	for id, code := range map[string]int{"zero": 0, "three": 3, "most": 255, "as-by-signal": 143} {
		t.create(t.spec(id, t.config.Workload.Exit(code, 100*time.Millisecond)))
		t.start(id)
		t.cause(id, code, driver.ExitNormal)
	}
}

func exitStopped(t *trial) {
	t.serve("polite")
	t.stop("polite", driver.StopOptions{})
	t.cause("polite", 0, driver.ExitStopped)
	for id, grace := range map[string]time.Duration{"stubborn": time.Second, "at-once": -1} {
		t.run(t.spec(id, t.config.Workload.Stubborn))
		t.stop(id, driver.StopOptions{Grace: grace})
		t.cause(id, 137, driver.ExitKilled)
	}
}

func exitStoppedLate(t *trial) {
	t.create(t.spec("i1", t.config.Workload.Exit(4, 0)))
	t.start("i1")
	_, err := driver.Wait(t.Context(), t.again(), "i1") // so that t.driver sees nothing of it
	t.must(err)
	t.stop("i1", driver.StopOptions{})
	t.cause("i1", 4, driver.ExitNormal)
}

func exitUnhealthy(t *trial) {
	t.serve("i1")
	t.stop("i1", driver.StopOptions{Unhealthy: true})
	t.cause("i1", 0, driver.ExitUnhealthy)
	t.run(t.spec("i2", t.config.Workload.Stubborn))
	t.stop("i2", driver.StopOptions{Unhealthy: true, Grace: time.Second})
	t.cause("i2", 137, driver.ExitUnhealthy)
}

func exitSignal(t *trial) {
	t.serve("killed")
	t.must(driver.Signal(t.Context(), t.driver, "killed", "SIGKILL"))
	t.cause("killed", 137, driver.ExitKilled)
	t.run(t.spec("asked", t.config.Workload.Serve("SIGINT", 5)))
	t.must(driver.Signal(t.Context(), t.driver, "asked", "SIGINT"))
	t.cause("asked", 5, driver.ExitNormal)
}

func exitMemory(t *trial) {
	h, err := t.driver.Host(t.Context())
	t.must(err)
	if !h.LimitsMemory {
		t.Skip("the host does not bound memory")
	}
	spec := t.spec("eats", t.config.Workload.Eat)
	spec.Resources.Memory = 16 << 20
	t.create(spec)
	t.start("eats")
	t.cause("eats", 137, driver.ExitOOM)

	spec = t.spec("forced", t.config.Workload.Stubborn)
	spec.Resources.Memory = 16 << 20
	t.run(spec)
	t.stop("forced", driver.StopOptions{Grace: -1})
	t.cause("forced", 137, driver.ExitKilled)
}

func exitStartFailed(t *trial) {
	t.create(t.spec("i1", t.config.Workload.Missing))
	early := waiting(t.Context(), t.driver, "i1")
	t.refused(t.driver.Start(t.Context(), "i1"), dockerhv.ErrInvalid)
	late := result(t, waiting(t.Context(), t.driver, "i1"))
	for _, w := range []waited{late, result(t, early)} {
		if w.err != nil || w.exit.Cause != driver.ExitStartFailed || w.exit.Error == "" {
			t.Errorf("Wait = %+v, %v, want the cause %s", w.exit, w.err, driver.ExitStartFailed)
		}
	}
	if i := t.inspect("i1"); i.Exit == nil || *i.Exit != late.exit {
		t.Errorf("Wait says %+v, Inspect %+v", late.exit, i.Exit)
	}
}

func exitRuns(t *trial) {
	t.run(t.spec("i1", t.config.Workload.Serve("SIGTERM", 3)))
	t.stop("i1", driver.StopOptions{})
	t.cause("i1", 3, driver.ExitStopped)
	t.start("i1")
	t.await("i1", ready)
	t.stop("i1", driver.StopOptions{Grace: -1, Unhealthy: true})
	if exit := t.ended("i1"); exit.Cause != driver.ExitUnhealthy {
		t.Errorf("the second exit is %+v", exit)
	}
	t.create(t.spec("i2", t.config.Workload.Exit(3, 2*time.Second)))
	t.start("i2")
	t.must(t.driver.Restart(t.Context(), "i2", driver.StopOptions{Grace: -1}))
	t.cause("i2", 3, driver.ExitNormal)
}

func exitEvents(t *trial) {
	t.create(t.server("there"))
	w := t.watch(t.driver)
	w.until(driver.EventSnapshot, "there")
	for id, end := range map[string]struct {
		do   func(id string)
		want driver.ExitCause
	}{
		"stopped":   {func(id string) { t.stop(id, driver.StopOptions{}) }, driver.ExitStopped},
		"killed":    {func(id string) { t.stop(id, driver.StopOptions{Grace: -1}) }, driver.ExitKilled},
		"unhealthy": {func(id string) { t.stop(id, driver.StopOptions{Unhealthy: true}) }, driver.ExitUnhealthy},
		"restarted": {func(id string) { t.must(t.driver.Restart(t.Context(), id, driver.StopOptions{})) }, driver.ExitStopped},
		"destroyed": {func(id string) { t.must(t.driver.Destroy(t.Context(), id, driver.DestroyOptions{Force: true})) }, driver.ExitKilled},
	} {
		t.serve(id)
		end.do(id)
		if e := w.until(driver.EventExited, id); e.Cause != end.want {
			t.Errorf("%s: the event is %+v, want the cause %s", id, e, end.want)
		}
	}
	t.create(t.spec("by-itself", t.config.Workload.Exit(2, 200*time.Millisecond)))
	t.start("by-itself")
	if e := w.until(driver.EventExited, "by-itself"); e.Cause != driver.ExitNormal || e.ExitCode != 2 {
		t.Errorf("by itself: the event is %+v", e)
	}
}
