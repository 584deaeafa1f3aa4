package drivertest

import (
	"time"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

var startRules = group{name: "Start", rules: []rule{
	{"runs the command", about(3, 13), startRuns, ""},
	{"of what runs is success and changes nothing", about(3), startAgain, ""},
	{"of what has ended runs it anew", about(14), startAnew, ""},
	{"of an absent instance is ErrNotFound", about(1), startAbsent, ""},
	{"of a command that can't be started is ErrInvalid, told by Exit", about(15), startMissing, ""},
	{"gives an address and takes it back at the end", about(3, 89), startAddress, ""},
}}

func startRuns(t *trial) {
	created := t.create(t.server("i1"))
	t.start("i1")
	i := t.inspect("i1")
	if i.State != driver.Running || i.Exit != nil || !i.Finished.IsZero() {
		t.Errorf("started, the instance is %+v", i)
	}
	if i.HostID != created.HostID || i.Started.Before(i.Created) {
		t.Errorf("the instance %s of %v was started as %s at %v", created.HostID, i.Created, i.HostID, i.Started)
	}
	t.await("i1", ready)
}

func startAgain(t *trial) {
	before := t.serve("i1")
	t.start("i1")
	t.must(t.again().Start(t.Context(), "i1"))
	t.same("the instance", before, t.inspect("i1"))
}

func startAnew(t *trial) {
	t.create(t.spec("i1", t.config.Workload.Exit(3, 300*time.Millisecond)))
	t.start("i1")
	first := t.ended("i1")
	t.start("i1")
	if i := t.inspect("i1"); i.State != driver.Running || i.Exit != nil || !i.Started.After(first.Time) {
		t.Errorf("started anew after %+v: %+v, exit %+v", first, i, i.Exit)
	}
	if second := t.ended("i1"); second.Code != 3 || !second.Time.After(first.Time) {
		t.Errorf("the second exit is %+v, the first was %+v", second, first)
	}
}

func startAbsent(t *trial) {
	t.refused(t.driver.Start(t.Context(), "nobody"), dockerhv.ErrNotFound)
	t.none(t.driver)
}

func startMissing(t *trial) {
	t.create(t.spec("i1", t.config.Workload.Missing))
	t.refused(t.driver.Start(t.Context(), "i1"), dockerhv.ErrInvalid)
	if i := t.inspect("i1"); i.State.Active() || i.Exit == nil || i.Exit.Error == "" {
		t.Errorf("after the failed start the instance is %+v, exit %+v", i, i.Exit)
	}
	t.must(t.driver.Destroy(t.Context(), "i1", driver.DestroyOptions{}))
}

func startAddress(t *trial) {
	if i := t.serve("i1"); !i.Address().IsValid() {
		t.Errorf("running, the instance has no address: %+v", i.NICs)
	}
	t.stop("i1", driver.StopOptions{})
	if i := t.inspect("i1"); i.Address().IsValid() {
		t.Errorf("at rest, the instance has an address: %+v", i.NICs)
	}
}
