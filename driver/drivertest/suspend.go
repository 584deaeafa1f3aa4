package drivertest

import (
	"errors"
	"strconv"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

// suspendRules are skipped on a host that can't suspend and says so.
var suspendRules = group{name: "Suspend", needs: Suspender, rules: []rule{
	{"ends the command, and Resume lets it go on", about(23), suspendResume, LogReader},
	{"is success for what is suspended, as Resume for what runs", about(23), suspendAgain, ""},
	{"is told by Inspect, also to another driver", about(13, 15), suspendTold, ""},
	{"of what does not run is ErrConflict, as Resume of what was not suspended", about(18), suspendRefused, ""},
	{"is of no use when the instance was started since", about(30), suspendStarted, ""},
	{"does not keep the instance from being destroyed", about(9), suspendDestroyed, ""},
}}

// suspend suspends the instance i1, where the host can.
func (t *trial) suspend() {
	t.Helper()
	err := driver.Suspend(t.Context(), t.driver, "i1")
	if errors.Is(err, errors.ErrUnsupported) {
		t.state("i1", driver.Running) // a refusal changes nothing
		t.Skip(err)
	}
	t.must(err)
}

func (t *trial) resume(id string) {
	t.Helper()
	t.must(driver.Resume(t.Context(), t.driver, id))
}

func suspendResume(t *trial) {
	t.create(t.spec("i1", t.config.Workload.Count))
	t.start("i1")
	t.await("i1", "5")
	t.suspend()
	t.state("i1", driver.Exited)
	before := len(t.lines("i1", driver.LogOptions{}))
	t.resume("i1")
	t.state("i1", driver.Running)
	t.eventually("the command goes on", func() bool { return len(t.lines("i1", driver.LogOptions{})) > before+5 })
	t.stop("i1", driver.StopOptions{})
	for n, l := range t.lines("i1", driver.LogOptions{}) {
		if want := strconv.Itoa(n + 1); l.Text != want {
			t.Fatalf("the line %d is %q, want %q: the command did not go on where it was", n, l.Text, want)
		}
	}
}

func suspendAgain(t *trial) {
	t.serve("i1")
	for range 2 {
		t.suspend()
		t.suspend()
		for range 2 {
			t.resume("i1")
		}
		t.state("i1", driver.Running)
	}
	t.stop("i1", driver.StopOptions{})
	t.cause("i1", 0, driver.ExitStopped)
}

func suspendTold(t *trial) {
	t.serve("i1")
	t.suspend()
	for _, d := range []driver.Driver{t.driver, t.again()} {
		i, err := d.Inspect(t.Context(), "i1")
		t.must(err)
		if i.State != driver.Exited || !i.Suspended || i.Exit == nil || i.Exit.Cause != driver.ExitSuspended {
			t.Errorf("the instance is %+v, exit %+v", i, i.Exit)
		}
	}
	t.must(driver.Resume(t.Context(), t.again(), "i1"))
	if i := t.inspect("i1"); i.Suspended || i.State != driver.Running {
		t.Errorf("resumed: %+v", i)
	}
}

func suspendRefused(t *trial) {
	t.serve("i1")
	t.suspend()
	t.resume("i1")
	t.stop("i1", driver.StopOptions{Grace: -1})
	t.create(t.server("i2"))
	for _, id := range []string{"i1", "i2"} {
		t.refused(driver.Suspend(t.Context(), t.driver, id), dockerhv.ErrConflict)
		t.refused(driver.Resume(t.Context(), t.driver, id), dockerhv.ErrConflict)
	}
	t.refused(driver.Suspend(t.Context(), t.driver, "nobody"), dockerhv.ErrNotFound)
	t.refused(driver.Resume(t.Context(), t.driver, "nobody"), dockerhv.ErrNotFound)
}

func suspendStarted(t *trial) {
	t.serve("i1")
	t.suspend()
	t.start("i1")
	t.stop("i1", driver.StopOptions{Grace: -1})
	if i := t.inspect("i1"); i.Suspended || i.Exit.Cause != driver.ExitKilled {
		t.Errorf("started and stopped since: %+v, exit %+v", i, i.Exit)
	}
	t.refused(driver.Resume(t.Context(), t.driver, "i1"), dockerhv.ErrConflict)
}

func suspendDestroyed(t *trial) {
	t.serve("i1")
	t.suspend()
	t.must(t.driver.Destroy(t.Context(), "i1", driver.DestroyOptions{}))
	t.create(t.server("i1"))
	t.refused(driver.Resume(t.Context(), t.driver, "i1"), dockerhv.ErrConflict)
}
