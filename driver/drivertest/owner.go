package drivertest

import (
	"context"
	"strings"
	"time"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

var ownerRules = group{name: "Owner", rules: []rule{
	{"two of one host share no instance", about(31, 51), ownersApart, ""},
	{"does not reach another's instance", about(31, 51), ownersBlind, ""},
	{"opened anew finds all of its instances", about(39), ownerFinds, ""},
	{"opened anew can use what another driver created, and the first sees it", about(32, 39), ownerShares, ""},
}}

func ownersApart(t *trial) {
	other := t.other()
	mine := t.serve("i1")
	spec := t.server("i1")
	spec.Name = "theirs"
	theirs, err := other.Create(t.Context(), spec)
	t.must(err)
	if theirs.HostID == mine.HostID || theirs.Owner != t.owner+"-other" || theirs.Name != "theirs" {
		t.Errorf("two owners share an instance: %+v and %+v", mine, theirs)
	}
	t.must(other.Start(t.Context(), "i1"))
	t.must(other.Stop(t.Context(), "i1", driver.StopOptions{Grace: -1}))
	t.state("i1", driver.Running)
	t.must(other.Destroy(t.Context(), "i1", driver.DestroyOptions{Force: true}))
	t.same("mine after theirs was destroyed", mine, t.inspect("i1"))
	t.none(other)
}

func ownersBlind(t *trial) {
	other := t.other()
	mine := t.serve("i1")
	ctx := t.Context()
	t.none(other)
	listed, err := other.List(ctx, driver.Filter{IDs: []string{"i1"}})
	t.must(err)
	t.same("instances by ID", []string{}, ids(listed))
	t.must(other.Stop(ctx, "i1", driver.StopOptions{Grace: -1}))
	t.must(other.Destroy(ctx, "i1", driver.DestroyOptions{Force: true}))
	for op, call := range reachable(other, "i1") {
		if err := fault(call(ctx), dockerhv.ErrNotFound); err != nil {
			t.Errorf("%s of another owner's instance: %v", op, err)
		}
	}
	t.same("mine after all that", mine, t.inspect("i1"))
}

// reachable lists the calls for an instance that a driver has and that refuse one
// that is absent.
func reachable(d driver.Driver, id string) map[string]func(ctx context.Context) error {
	calls := map[string]func(ctx context.Context) error{
		"Start":   func(ctx context.Context) error { return d.Start(ctx, id) },
		"Restart": func(ctx context.Context) error { return d.Restart(ctx, id, driver.StopOptions{}) },
		"Inspect": func(ctx context.Context) error { _, err := d.Inspect(ctx, id); return err },
		"Wait":    func(ctx context.Context) error { _, err := driver.Wait(ctx, d, id); return err },
	}
	if Pauser.has(d) {
		calls["Pause"] = func(ctx context.Context) error { return driver.Pause(ctx, d, id) }
		calls["Unpause"] = func(ctx context.Context) error { return driver.Unpause(ctx, d, id) }
	}
	if Signaler.has(d) {
		calls["Signal"] = func(ctx context.Context) error { return driver.Signal(ctx, d, id, "SIGTERM") }
	}
	if Resizer.has(d) {
		calls["Resize"] = func(ctx context.Context) error { return driver.Resize(ctx, d, id, driver.Resources{Memory: 64 << 20}) }
	}
	if LogReader.has(d) {
		calls["Logs"] = func(ctx context.Context) error {
			for _, err := range driver.Logs(ctx, d, id, driver.LogOptions{}) {
				return err
			}
			return nil
		}
	}
	if Execer.has(d) {
		calls["Exec"] = func(ctx context.Context) error {
			_, err := driver.Exec(ctx, d, id, driver.Command{Args: []string{"true"}})
			return err
		}
	}
	if Copier.has(d) {
		calls["CopyIn"] = func(ctx context.Context) error { return driver.CopyIn(ctx, d, id, "/", strings.NewReader("")) }
		calls["CopyOut"] = func(ctx context.Context) error { _, err := driver.CopyOut(ctx, d, id, "/"); return err }
	}
	if NICPlugger.has(d) {
		calls["PlugNIC"] = func(ctx context.Context) error { return driver.PlugNIC(ctx, d, id, driver.NIC{}) }
		calls["UnplugNIC"] = func(ctx context.Context) error { return driver.UnplugNIC(ctx, d, id, "bridge") }
	}
	return calls
}

func ownerFinds(t *trial) {
	t.run(fullSpec(t, "i1"))
	t.create(t.server("i2"))
	want, err := t.driver.List(t.Context(), driver.Filter{})
	t.must(err)
	got, err := t.again().List(t.Context(), driver.Filter{})
	t.must(err)
	t.same("instances", []string{"i1", "i2"}, ids(got))
	t.same("what a driver finds that is opened anew", want, got)
}

func ownerShares(t *trial) {
	spec := t.server("i1")
	t.run(spec)
	third := t.again() // it has not even listed
	t.must(third.Stop(t.Context(), "i1", driver.StopOptions{Grace: 5 * time.Second}))
	t.state("i1", driver.Exited)
	t.must(third.Destroy(t.Context(), "i1", driver.DestroyOptions{}))
	t.refused(t.driver.Start(t.Context(), "i1"), dockerhv.ErrNotFound)
	again, err := third.Create(t.Context(), spec)
	t.must(err)
	t.start("i1")
	if i := t.inspect("i1"); i.HostID != again.HostID || i.State != driver.Running {
		t.Errorf("the instance is %+v, want %s", i, again.HostID)
	}
}
