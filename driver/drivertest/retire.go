package drivertest

import (
	"time"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

var retireRules = group{name: "Retire", needs: Retirer, rules: []rule{
	{"hides an instance, and Restore has it back as it was", about(9, 13), retireRestore, ""},
	{"is listed if asked for", about(13, 130), retireListed, ""},
	{"stops what runs, with its grace", about(4), retireStops, ""},
	{"can be repeated, as Restore and Purge", about(9), retireAgain, ""},
	{"frees the ID, and never mixes two up", about(30, 32), retireFreesID, ""},
	{"is ended by Purge for good", about(9), retirePurge, ""},
	{"of an absent instance is ErrNotFound, as Restore", about(1), retireAbsent, ""},
	{"keeps the restart policy, and does not let it work", about(25), retirePolicy, RestartSetter},
	{"touches no other owner's", about(51), retireOwner, ""},
	{"keeps its network, and itself, from the sweep", about(50), retireSwept, NetworkManager},
	{"is told by events as an end, and Restore as a find", about(47, 114), retireEvents, EventSource},
}}

func (t *trial) retire(id string) {
	t.Helper()
	t.must(driver.Retire(t.Context(), t.driver, id, driver.StopOptions{Grace: -1}))
	t.Cleanup(func() { t.purge(id) })
}

func (t *trial) restore(id string) {
	t.Helper()
	t.must(driver.Restore(t.Context(), t.driver, id))
}

func (t *trial) purge(id string) {
	t.Helper()
	if err := driver.Purge(t.lateContext(), t.driver, id); err != nil {
		t.Error(err)
	}
}

// retired lists what is retired.
func (t *trial) retired(d driver.Driver) []string {
	t.Helper()
	all, err := d.List(t.Context(), driver.Filter{States: []driver.State{driver.Retired}})
	t.must(err)
	for _, i := range all {
		if i.State != driver.Retired {
			t.Errorf("%s is listed as retired, and is %s", i.ID, i.State)
		}
	}
	return ids(all)
}

func retireRestore(t *trial) {
	spec := fullSpec(t, "i1")
	before := t.run(spec)
	t.retire("i1")
	t.absent("i1")
	t.none(t.driver)
	t.none(t.again())
	t.refused(t.driver.Start(t.Context(), "i1"), dockerhv.ErrNotFound)
	t.restore("i1")
	after := t.inspect("i1")
	t.same("identity", []any{before.HostID, before.Name, before.SpecHash, before.Labels, before.Resources},
		[]any{after.HostID, after.Name, after.SpecHash, after.Labels, after.Resources})
	t.same("state", driver.Exited, after.State)
	t.start("i1")
	t.await("i1", ready)
}

func retireListed(t *trial) {
	t.create(t.server("here"))
	t.create(t.server("gone"))
	t.retire("gone")
	t.same("retired", []string{"gone"}, t.retired(t.driver))
	t.same("retired, says another driver", []string{"gone"}, t.retired(t.again()))
	for name, tc := range map[string]struct {
		filter driver.Filter
		want   []string
	}{
		"its ID":       {driver.Filter{IDs: []string{"gone"}}, nil},
		"both states":  {driver.Filter{States: []driver.State{driver.Created, driver.Retired}}, []string{"gone", "here"}},
		"ID and state": {driver.Filter{IDs: []string{"gone"}, States: []driver.State{driver.Retired}}, []string{"gone"}},
		"other state":  {driver.Filter{States: []driver.State{driver.Created}}, []string{"here"}},
	} {
		all, err := t.driver.List(t.Context(), tc.filter)
		t.must(err)
		t.same(name, tc.want, ids(all))
	}
	t.restore("gone")
	t.same("retired", []string{}, t.retired(t.driver))
	t.state("gone", driver.Created)
}

func retireStops(t *trial) {
	t.run(t.spec("i1", t.config.Workload.Serve("SIGTERM", 3)))
	t.must(driver.Retire(t.Context(), t.driver, "i1", driver.StopOptions{}))
	t.Cleanup(func() { t.purge("i1") })
	t.restore("i1")
	t.exited("i1", 3)
}

func retireAgain(t *trial) {
	t.serve("i1")
	for range 2 {
		t.retire("i1")
	}
	for range 2 {
		t.restore("i1")
	}
	t.state("i1", driver.Exited)
	t.retire("i1")
	for range 2 {
		t.purge("i1")
	}
	t.same("retired", []string{}, t.retired(t.driver))
}

func retireFreesID(t *trial) {
	first := t.serve("i1")
	t.retire("i1")
	second := t.serve("i1")
	if first.HostID == second.HostID {
		t.Error("the new instance is the old one")
	}
	t.refused(driver.Retire(t.Context(), t.driver, "i1", driver.StopOptions{}), dockerhv.ErrConflict)
	t.refused(driver.Restore(t.Context(), t.driver, "i1"), dockerhv.ErrExists)
	t.same("the second instance", second, t.inspect("i1"))
	t.must(t.driver.Destroy(t.Context(), "i1", driver.DestroyOptions{Force: true}))
	t.same("retired", []string{"i1"}, t.retired(t.driver))
	t.restore("i1")
	t.same("the first instance", first.HostID, t.inspect("i1").HostID)
}

func retirePurge(t *trial) {
	t.create(t.server("i1"))
	t.purge("i1") // which is not retired
	t.state("i1", driver.Created)
	t.retire("i1")
	t.purge("i1")
	t.refused(driver.Restore(t.Context(), t.driver, "i1"), dockerhv.ErrNotFound)
	t.create(t.server("i1"))
}

func retireAbsent(t *trial) {
	t.refused(driver.Retire(t.Context(), t.driver, "nobody", driver.StopOptions{}), dockerhv.ErrNotFound)
	t.refused(driver.Restore(t.Context(), t.driver, "nobody"), dockerhv.ErrNotFound)
	t.purge("nobody")
	t.none(t.driver)
}

func retirePolicy(t *trial) {
	for id, policy := range map[string]driver.Restart{
		"always": {Policy: driver.RestartAlways}, "some": {Policy: driver.RestartOnFailure, MaxRetries: 3},
		"unless": {Policy: driver.RestartUnlessStopped}, "never": {},
	} {
		t.create(t.server(id))
		t.must(driver.SetRestart(t.Context(), t.driver, id, policy))
		t.start(id)
		t.retire(id)
		t.pause(500 * time.Millisecond)
		t.restore(id)
		t.state(id, driver.Exited)
		t.same("the policy of "+id, policy, t.inspect(id).Restart)
	}
}

func retireOwner(t *trial) {
	other := t.other()
	_, err := other.Create(t.Context(), t.server("i1"))
	t.must(err)
	t.refused(driver.Retire(t.Context(), t.driver, "i1", driver.StopOptions{}), dockerhv.ErrNotFound)
	t.must(driver.Retire(t.Context(), other, "i1", driver.StopOptions{}))
	t.purge("i1")
	t.refused(driver.Restore(t.Context(), t.driver, "i1"), dockerhv.ErrNotFound)
	t.same("retired, of the other owner", []string{"i1"}, t.retired(other))
	t.must(driver.Restore(t.Context(), other, "i1"))
}

func retireEvents(t *trial) {
	t.create(t.server("there"))
	w := t.watch(t.driver)
	w.until(driver.EventSnapshot, "there")
	t.serve("i1")
	t.retire("i1")
	w.until(driver.EventDestroyed, "i1")
	t.restore("i1")
	w.until(driver.EventSnapshot, "i1")
	t.start("i1")
	t.eventually("the reader knows all there is", func() bool {
		got, _ := w.picture()
		return len(got) == 2 && got["i1"] == driver.Running
	})
	w.clean()
}

func retireSwept(t *trial) {
	t.network("net")
	t.create(t.on("i1", driver.NIC{Network: "net"}))
	t.retire("i1")
	t.same("swept", []string{}, sweep(t, t.driver, driver.SweepOptions{Grace: -1}))
	swept, err := driver.SweepObjects(t.Context(), t.driver, driver.Wanted{driver.KindNetwork: nil}, driver.SweepOptions{Grace: -1})
	t.must(err)
	t.same("swept", []string{}, objects(swept))
	t.restore("i1")
	t.must(t.driver.Start(t.Context(), "i1"))
}
