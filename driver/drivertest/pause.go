package drivertest

import (
	"time"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

var pauseRules = group{name: "Pause", needs: Pauser, rules: []rule{
	{"freezes, and Unpause lets go on", about(23), pauseFreezes, ""},
	{"is success for what is paused, as Unpause for what runs", about(23), pauseAgain, ""},
	{"of what is at rest is ErrConflict, as Unpause", about(23), pauseAtRest, ""},
	{"is ended by Stop", about(23), pauseStop, ""},
	{"is seen by another driver", about(23, 39), pauseOther, ""},
}}

// freeze pauses an instance, and gives the host time to take note: one may tell late
// of what was undone at once.
func (t *trial) freeze(id string) {
	t.Helper()
	t.must(driver.Pause(t.Context(), t.driver, id))
	t.pause(settle)
}

// thaw ends that.
func (t *trial) thaw(id string) {
	t.Helper()
	t.must(driver.Unpause(t.Context(), t.driver, id))
	t.pause(settle)
}

// settle is the time for that.
const settle = 200 * time.Millisecond

func pauseFreezes(t *trial) {
	before := t.serve("i1")
	t.freeze("i1")
	if i := t.inspect("i1"); i.State != driver.Paused || !i.State.Active() || i.Exit != nil {
		t.Errorf("paused, the instance is %+v", i)
	}
	t.thaw("i1")
	t.same("the instance that goes on", before, t.inspect("i1"))
}

func pauseAgain(t *trial) {
	t.serve("i1")
	t.thaw("i1")
	for range 2 {
		t.freeze("i1")
		t.state("i1", driver.Paused)
	}
	for range 2 {
		t.thaw("i1")
		t.state("i1", driver.Running)
	}
}

func pauseAtRest(t *trial) {
	t.create(t.server("i1"))
	for _, want := range []driver.State{driver.Created, driver.Exited} {
		t.refused(driver.Pause(t.Context(), t.driver, "i1"), dockerhv.ErrConflict)
		t.refused(driver.Unpause(t.Context(), t.driver, "i1"), dockerhv.ErrConflict)
		t.state("i1", want)
		t.start("i1")
		t.stop("i1", driver.StopOptions{Grace: -1})
	}
}

func pauseStop(t *trial) {
	for id, opts := range map[string]driver.StopOptions{"politely": {}, "killed": {Grace: -1}} {
		t.serve(id)
		t.freeze(id)
		t.within(2*soon, func() { t.stop(id, opts) })
		t.state(id, driver.Exited)
		t.start(id)
		t.state(id, driver.Running)
	}
}

func pauseOther(t *trial) {
	t.serve("i1")
	other := t.again()
	t.must(driver.Pause(t.Context(), other, "i1"))
	t.pause(settle)
	t.state("i1", driver.Paused)
	t.thaw("i1")
	i, err := other.Inspect(t.Context(), "i1")
	t.must(err)
	t.same("the state", driver.Running, i.State)
}
