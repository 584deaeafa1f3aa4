package drivertest

import (
	"context"
	"time"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

var recoverRules = group{name: "Recover", rules: []rule{
	{"finds nothing where there is nothing", about(39), recoverNothing, ""},
	{"finds all there is, in any state", about(39), recoverAll, ""},
	{"tells how it ended of what ended while nobody looked", about(41), recoverExit, ""},
	{"starts, stops and changes nothing", about(42), recoverChangesNothing, ""},
	{"finds no other owner's", about(39, 51), recoverOwner, ""},
	{"ends soon after its context", about(1), recoverGivenUp, ""},
}}

func recovered(t *trial, d driver.Driver) driver.Recovery {
	t.Helper()
	r, err := driver.Recover(t.Context(), d)
	t.must(err)
	return r
}

func recoverNothing(t *trial) {
	t.same("the recovery", driver.Recovery{}, recovered(t, t.again()))
}

// every makes an instance in each state that any driver has, and returns their IDs.
func every(t *trial) []string {
	all := []string{"created", "exited", "running"}
	t.create(t.server("created"))
	t.serve("exited")
	t.stop("exited", driver.StopOptions{})
	t.serve("running")
	if Pauser.has(t.driver) {
		t.serve("paused")
		t.must(driver.Pause(t.Context(), t.driver, "paused"))
		all = append(all, "paused")
	}
	return all
}

func recoverAll(t *trial) {
	every(t)
	r := recovered(t, t.again())
	listed, err := t.driver.List(t.Context(), driver.Filter{})
	t.must(err)
	t.same("the instances", ids(listed), ids(r.Instances))
	for _, i := range r.Instances {
		if string(i.State) != i.ID {
			t.Errorf("the instance %s is %s", i.ID, i.State)
		}
	}
	if len(r.Destroyed) > 0 || len(r.Unfinished) > 0 {
		t.Errorf("the recovery is %+v", r)
	}
}

func recoverExit(t *trial) {
	codes := map[string]int{"i1": 3, "i2": 0, "i3": 200}
	for id, code := range codes {
		t.create(t.spec(id, t.config.Workload.Exit(code, 100*time.Millisecond)))
		t.start(id)
	}
	d := t.again()
	for id := range codes {
		t.eventually(id+" has ended", func() bool { return t.inspect(id).State == driver.Exited })
	}
	for _, i := range recovered(t, d).Instances {
		want := t.inspect(i.ID)
		t.same(i.ID, want, i)
		if i.Exit == nil || i.Exit.Code != codes[i.ID] || i.Finished.Before(i.Started) || !i.Exit.Time.Equal(i.Finished) {
			t.Errorf("of %s it is told: started %v, finished %v, exit %+v; want code %d", i.ID, i.Started, i.Finished, i.Exit, codes[i.ID])
		}
	}
}

func recoverChangesNothing(t *trial) {
	before := map[string]driver.Instance{}
	for _, id := range every(t) {
		before[id] = t.inspect(id)
	}
	for range 2 {
		recovered(t, t.again())
	}
	for id, want := range before {
		t.same(id+" after two recoveries", want, t.inspect(id))
	}
}

func recoverOwner(t *trial) {
	other := t.other()
	_, err := other.Create(t.Context(), t.server("theirs"))
	t.must(err)
	t.create(t.server("mine"))
	t.same("mine", []string{"mine"}, ids(recovered(t, t.again()).Instances))
	t.same("theirs", []string{"theirs"}, ids(recovered(t, other).Instances))
}

func recoverGivenUp(t *trial) {
	every(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r, err := driver.Recover(ctx, t.driver)
	t.refused(err, context.Canceled)
	t.same("what it found", driver.Recovery{}, r)
}

// recoverCut is among the rules about a host that is away.
func recoverCut(t *trial) {
	t.serve("i1")
	mend := t.cut()
	_, err := driver.Recover(t.Context(), t.driver)
	t.refused(err, dockerhv.ErrUnavailable)
	swept, err := driver.Sweep(t.Context(), t.driver, driver.SweepOptions{Grace: -1})
	t.refused(err, dockerhv.ErrUnavailable)
	t.same("swept", []string{}, ids(swept))
	mend()
	t.state("i1", driver.Running)
	t.same("the instances", []string{"i1"}, ids(recovered(t, t.driver).Instances))
}
