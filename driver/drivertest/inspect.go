package drivertest

import (
	"fmt"
	"time"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

var inspectRules = group{name: "Inspect", rules: []rule{
	{"of an absent instance is ErrNotFound", about(1), inspectAbsent, ""},
	{"tells what the instance is doing", about(13), inspectStates, ""},
	{"tells how the command ended", about(14), inspectExits, ""},
	{"tells of an exit that nobody saw", about(14, 41), inspectUnseen, ""},
}}

func inspectAbsent(t *trial) {
	t.absent("nobody")
	for _, id := range []string{"", "../i1", "no such\ninstance"} {
		if i, err := t.driver.Inspect(t.Context(), id); err == nil {
			t.Errorf("Inspect of %q returns %+v", id, i)
		}
	}
}

func inspectStates(t *trial) {
	t.create(t.server("i1"))
	t.state("i1", driver.Created)
	t.start("i1")
	t.state("i1", driver.Running)
	t.stop("i1", driver.StopOptions{Grace: -1})
	t.state("i1", driver.Exited)
	t.start("i1")
	t.state("i1", driver.Running)
}

func inspectExits(t *trial) {
	for _, code := range []int{0, 1, 3, 255} {
		id := fmt.Sprint("i", code)
		t.create(t.spec(id, t.config.Workload.Exit(code, 100*time.Millisecond)))
		t.start(id)
		exit := t.ended(id)
		i := t.inspect(id)
		if i.State != driver.Exited || i.Exit == nil || *i.Exit != exit || exit.Code != code || exit.OOM || exit.Error != "" {
			t.Errorf("the command ended with %d: Wait says %+v, Inspect %s, %+v", code, exit, i.State, i.Exit)
		}
		if i.Created.After(i.Started) || i.Started.After(i.Finished) || !i.Finished.Equal(exit.Time) {
			t.Errorf("created %v, started %v, finished %v, exit %v", i.Created, i.Started, i.Finished, exit.Time)
		}
	}
}

// inspectUnseen: a driver that is opened later knows of an exit what the first
// would have known.
func inspectUnseen(t *trial) {
	t.create(t.spec("i1", t.config.Workload.Exit(9, 100*time.Millisecond)))
	t.start("i1")
	t.ended("i1")
	first := t.inspect("i1")
	late, err := t.again().Inspect(t.Context(), "i1")
	t.must(err)
	t.same("the instance, seen by another driver", first, late)
	if late.Exit == nil || late.Exit.Code != 9 {
		t.Errorf("exit %+v, want code 9", late.Exit)
	}
	_, err = t.again().Inspect(t.Context(), "i2")
	t.refused(err, dockerhv.ErrNotFound)
}
