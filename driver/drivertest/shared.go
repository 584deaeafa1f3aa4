package drivertest

import (
	"errors"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

var sharedRules = group{name: "Shared", rules: []rule{
	{"network needs a holder that is there and runs", about(90), sharedNeeds, ""},
	{"network is told, and kept by what runs", about(90), sharedTold, ""},
	{"network is lost with the holder's stop, and mended by Start", about(91), sharedLost, ""},
	{"network is mended by Restart, also by another driver", about(91), sharedRestart, ""},
	{"network of a holder that was replaced is lost for good", about(91), sharedReplaced, ""},
	{"network of another owner's instance is not there", about(51, 90), sharedOwners, ""},
	{"network spares its holder from the sweep while a member is wanted", about(50, 90, 92), sharedSwept, ""},
}}

// member is the server m1, which has the network of "holder".
func (t *trial) member() driver.Spec {
	t.Helper()
	spec := t.server("m1")
	spec.NetworkOf = "holder"
	return spec
}

// group runs a holder and a member. It skips the rule where the driver shares none.
func (t *trial) group() {
	t.Helper()
	t.serve("holder")
	_, err := t.driver.Create(t.Context(), t.member())
	t.unsupported(err)
	t.start("m1")
	t.await("m1", ready)
}

// lost asserts that a call failed for the holder.
func (t *trial) lost(err error) {
	t.Helper()
	t.refused(err, dockerhv.ErrConflict)
	lost, ok := errors.AsType[*driver.NetworkLostError](err)
	if !ok || lost.Holder != "holder" || lost.Reason == "" {
		t.Errorf("the error is %v; want a NetworkLostError of the holder, with a reason", err)
	}
}

// connected asserts whether the member, which runs, has its network.
func (t *trial) connected(want bool) {
	t.Helper()
	if i := t.inspect("m1"); i.State != driver.Running || i.NetworkLost == want || i.NetworkOf != "holder" {
		t.Errorf("the instance %s is %s, with the network of %q, lost: %t", i.ID, i.State, i.NetworkOf, i.NetworkLost)
	}
}

func sharedNeeds(t *trial) {
	_, err := t.driver.Create(t.Context(), t.member())
	if errors.Is(err, errors.ErrUnsupported) {
		t.Skip(err)
	}
	t.lost(err)
	t.absent("m1")
	t.create(t.server("holder"))
	t.create(t.member())
	t.lost(t.driver.Start(t.Context(), "m1"))
	t.state("m1", driver.Created)
	t.start("holder")
	t.start("m1")
	t.connected(true)
	nested := t.server("nested")
	nested.NetworkOf = "m1"
	_, err = t.driver.Create(t.Context(), nested)
	t.refused(err, dockerhv.ErrInvalid)
}

func sharedTold(t *trial) {
	t.group()
	before := t.inspect("m1")
	t.connected(true)
	t.start("m1")
	t.same("the member", before, t.inspect("m1"))
	if len(before.NICs) > 0 || before.Address().IsValid() {
		t.Errorf("the member has NICs of its own: %+v", before.NICs)
	}
	listed, err := t.driver.List(t.Context(), driver.Filter{})
	t.must(err)
	t.same("whose network they have", []string{"", "holder"}, []string{listed[0].NetworkOf, listed[1].NetworkOf})
}

func sharedLost(t *trial) {
	t.group()
	t.stop("holder", driver.StopOptions{})
	t.connected(false)
	listed, err := t.driver.List(t.Context(), driver.Filter{})
	t.must(err)
	if listed[0].NetworkLost || !listed[1].NetworkLost {
		t.Errorf("listed are %+v", listed)
	}
	t.lost(t.driver.Start(t.Context(), "m1"))
	t.state("m1", driver.Running)
	t.start("holder")
	t.connected(false)
	started := t.inspect("m1").Started
	t.start("m1")
	t.connected(true)
	if i := t.inspect("m1"); !i.Started.After(started) {
		t.Error("the member has its network back and was not started again")
	}
}

func sharedRestart(t *trial) {
	t.group()
	t.must(t.driver.Restart(t.Context(), "holder", driver.StopOptions{}))
	t.connected(false)
	t.must(t.again().Restart(t.Context(), "m1", driver.StopOptions{}))
	t.connected(true)
}

func sharedReplaced(t *trial) {
	t.group()
	t.refused(t.driver.Destroy(t.Context(), "holder", driver.DestroyOptions{}), dockerhv.ErrConflict)
	t.must(t.driver.Destroy(t.Context(), "holder", driver.DestroyOptions{Force: true}))
	t.connected(false)
	t.lost(t.driver.Start(t.Context(), "m1"))
	t.serve("holder")
	t.connected(false)
	t.lost(t.again().Start(t.Context(), "m1"))
	t.must(t.driver.Destroy(t.Context(), "m1", driver.DestroyOptions{Force: true}))
	t.run(t.member())
	t.connected(true)
}

func sharedOwners(t *trial) {
	other := t.other()
	_, err := other.Create(t.Context(), t.server("holder"))
	t.must(err)
	t.must(other.Start(t.Context(), "holder"))
	_, err = t.driver.Create(t.Context(), t.member())
	if errors.Is(err, errors.ErrUnsupported) {
		t.Skip(err)
	}
	t.lost(err)
	t.absent("m1")
}

func sharedSwept(t *trial) {
	t.group()
	t.create(t.server("other"))
	t.same("swept", []string{"other"}, sweep(t, t.driver, driver.SweepOptions{Grace: -1, Keep: []string{"m1"}}))
	t.connected(true)
	t.same("swept", []string{"holder", "m1"}, sweep(t, t.driver, driver.SweepOptions{Grace: -1}))
}
