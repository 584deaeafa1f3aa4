package drivertest

import (
	"time"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

var restartRules = group{name: "Restart", rules: []rule{
	{"runs the command anew and keeps the instance", about(12), restartAnew, ""},
	{"starts what is at rest", about(12), restartAtRest, ""},
	{"gives the grace and then kills", about(4, 12), restartGrace, ""},
	{"of an absent instance is ErrNotFound", about(12), restartAbsent, ""},
}}

func restartAnew(t *trial) {
	spec := fullSpec(t, "i1")
	before := t.run(spec)
	t.must(t.driver.Restart(t.Context(), "i1", driver.StopOptions{}))
	i := t.inspect("i1")
	if i.State != driver.Running || i.Exit != nil || !i.Started.After(before.Started) {
		t.Errorf("restarted: %+v, was %+v", i, before)
	}
	t.same("identity", []any{before.HostID, before.Name, before.SpecHash, before.Labels}, []any{i.HostID, i.Name, i.SpecHash, i.Labels})
}

func restartAtRest(t *trial) {
	t.create(t.server("i1"))
	t.must(t.driver.Restart(t.Context(), "i1", driver.StopOptions{}))
	t.state("i1", driver.Running)
	t.stop("i1", driver.StopOptions{Grace: -1})
	t.must(t.driver.Restart(t.Context(), "i1", driver.StopOptions{}))
	t.state("i1", driver.Running)
}

func restartGrace(t *trial) {
	spec := t.spec("i1", t.config.Workload.Stubborn)
	spec.StopGrace = time.Hour
	before := t.run(spec)
	t.took(2*time.Second, func() {
		t.must(t.driver.Restart(t.Context(), "i1", driver.StopOptions{Grace: 1100 * time.Millisecond}))
	})
	t.within(soon, func() { t.must(t.driver.Restart(t.Context(), "i1", driver.StopOptions{Grace: -1})) })
	if i := t.inspect("i1"); i.State != driver.Running || !i.Started.After(before.Started) {
		t.Errorf("restarted: %+v, was %+v", i, before)
	}
}

func restartAbsent(t *trial) {
	t.refused(t.driver.Restart(t.Context(), "nobody", driver.StopOptions{}), dockerhv.ErrNotFound)
	t.none(t.driver)
}
