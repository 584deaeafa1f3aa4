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
	{"is counted, and so is each further start", about(12), restartCounted, ""},
	{"keeps the addresses and the files", about(12), restartKeeps, ""},
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

func restartCounted(t *trial) {
	count := func(want int) {
		t.Helper()
		if got := t.inspect("i1").Restarts; got != want {
			t.Errorf("%d restarts are counted, want %d", got, want)
		}
	}
	t.create(t.server("i1"))
	count(0)
	t.start("i1")
	t.start("i1") // nothing is to be done
	count(0)
	t.must(t.driver.Restart(t.Context(), "i1", driver.StopOptions{Grace: -1}))
	count(1)
	t.stop("i1", driver.StopOptions{Grace: -1})
	t.stop("i1", driver.StopOptions{Grace: -1})
	count(1)
	t.start("i1")
	count(2)
	t.stop("i1", driver.StopOptions{Grace: -1})
	t.must(t.driver.Restart(t.Context(), "i1", driver.StopOptions{Grace: -1}))
	count(3)

	t.create(t.spec("i2", t.config.Workload.Exit(0, 0))) // ends by itself
	for want := range 3 {
		t.start("i2")
		t.ended("i2")
		t.same("restarts of what ends by itself", want, t.inspect("i2").Restarts)
	}
}

func restartKeeps(t *trial) {
	spec := t.server("i1")
	if NetworkManager.has(t.driver) { // others take no wish for an address
		t.network("kept")
		spec.NICs = []driver.NIC{{Network: "kept"}}
	}
	before := t.run(spec)
	if Copier.has(t.driver) {
		t.copyIn("i1", "/tmp", pack(t, []entry{{Name: "kept", Mode: 0o644, Content: "here"}}))
	}
	t.must(t.driver.Restart(t.Context(), "i1", driver.StopOptions{Grace: -1}))
	after := t.inspect("i1")
	if NetworkManager.has(t.driver) {
		t.same("address", before.Address(), after.Address())
	}
	if Copier.has(t.driver) && Execer.has(t.driver) {
		got, _ := t.exec("i1", driver.Command{Args: t.config.Workload.Read("/tmp/kept")})
		t.same("the file", "here", got)
	}
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
