package docker_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/driver/docker"
	"github.com/dockerhv/dockerhv/internal/enginetest"
	"github.com/dockerhv/dockerhv/template"
)

// sharer is the spec of an instance that has the network of "holder".
func sharer(id string, image template.Image) driver.Spec {
	spec := sleeper(id, image)
	spec.NetworkOf = "holder"
	return spec
}

// wantLost asserts what is told of an instance's network, and that it is true inside.
func wantLost(t *testing.T, d *docker.Driver, id string, want bool) {
	t.Helper()
	if i := inspect(t, d, id); i.State != driver.Running || i.NetworkLost != want || i.NetworkOf != "holder" {
		t.Errorf("%s is %s, its network is that of %q and lost: %t; want %t", id, i.State, i.NetworkOf, i.NetworkLost, want)
	}
	if out := said(t, d, id, "ip", "addr"); strings.Contains(out, "eth0") == want {
		t.Errorf("inside %s, whose network is lost: %t:\n%s", id, want, out)
	}
}

// wantNoNetwork asserts that a call failed for the holder, for a reason.
func wantNoNetwork(t *testing.T, err error, reason string) {
	t.Helper()
	wantError(t, err, dockerhv.ErrConflict)
	lost, ok := errors.AsType[*driver.NetworkLostError](err)
	if !ok || lost.Holder != "holder" || !strings.Contains(lost.Reason, reason) {
		t.Errorf("got %v; want that the network of the holder is lost: %s", err, reason)
	}
}

// 90, 91: instances share one's network; it is lost when that is started again, which
// is told, and which starting or restarting them mends.
func TestSharedNetwork(t *testing.T) {
	d := open(t, "share")
	image := busybox(t, d)
	_, err := d.Create(t.Context(), sharer("m1", image))
	wantNoNetwork(t, err, "does not exist")
	holder := sleeper("holder", image)
	holder.Hostname, holder.Command = "pod", []string{"httpd", "-f", "-p", "8080", "-h", "/etc"}
	create(t, d, holder)
	create(t, d, sharer("m1", image))
	create(t, d, sharer("m2", image))
	wantNoNetwork(t, d.Start(t.Context(), "m1"), "is created")
	for _, id := range []string{"holder", "m1", "m2"} {
		start(t, d, id)
	}
	wantLost(t, d, "m1", false)
	if out := said(t, d, "m1", "wget", "-q", "-O", "-", "http://127.0.0.1:8080/passwd"); !strings.Contains(out, "nobody") {
		t.Errorf("the holder's server is not reached: %q", out)
	}
	if out := said(t, d, "m1", "hostname"); out != "pod\n" {
		t.Errorf("the host name is %q", out)
	}
	before := inspect(t, d, "m2")
	start(t, d, "m2")
	if after := inspect(t, d, "m2"); after.Started != before.Started {
		t.Error("what has its network was started again")
	}

	if err := d.Stop(t.Context(), "holder", driver.StopOptions{Grace: -1}); err != nil {
		t.Fatal(err)
	}
	wantLost(t, d, "m1", true)
	wantNoNetwork(t, d.Start(t.Context(), "m1"), "is exited")
	listed, err := d.List(t.Context(), driver.Filter{})
	if err != nil || !listed[1].NetworkLost || listed[1].NetworkOf != "holder" || listed[0].NetworkLost {
		t.Errorf("listed %+v, %v", listed, err)
	}
	start(t, d, "holder")
	wantLost(t, d, "m1", true)
	start(t, d, "m1")
	wantLost(t, d, "m1", false)
	if err := open(t, "share").Restart(t.Context(), "m2", driver.StopOptions{}); err != nil { // who knows nothing
		t.Fatal(err)
	}
	wantLost(t, d, "m2", false)

	nested := sleeper("nested", image)
	nested.NetworkOf = "m1"
	_, err = d.Create(t.Context(), nested)
	wantError(t, err, dockerhv.ErrInvalid)
}

// 91: a holder that was replaced is another container, which an engine can't give to
// those that exist: they say so, and are created again.
func TestSharedNetworkIsReplaced(t *testing.T) {
	d := open(t, "replaced")
	image := busybox(t, d)
	create(t, d, sleeper("holder", image))
	spec := sharer("m1", image)
	create(t, d, spec)
	start(t, d, "holder")
	start(t, d, "m1")
	wantError(t, d.Destroy(t.Context(), "holder", driver.DestroyOptions{}), dockerhv.ErrConflict) // it has members, so it runs
	if err := d.Destroy(t.Context(), "holder", driver.DestroyOptions{Force: true}); err != nil {
		t.Fatal(err)
	}
	wantLost(t, d, "m1", true)
	wantNoNetwork(t, d.Start(t.Context(), "m1"), "does not exist")
	create(t, d, sleeper("holder", image))
	start(t, d, "holder")
	wantLost(t, d, "m1", true)
	if change, err := driver.Plan(t.Context(), d, spec); err != nil || change.Action != driver.ActionRecreate || strings.Join(change.Fields, " ") != "networkOf" {
		t.Errorf("planned is %+v, %v", change, err)
	}
	for _, other := range []*docker.Driver{d, open(t, "replaced")} {
		wantNoNetwork(t, other.Start(t.Context(), "m1"), "was replaced")
		wantNoNetwork(t, other.Restart(t.Context(), "m1", driver.StopOptions{}), "was replaced")
	}
	if err := d.Destroy(t.Context(), "m1", driver.DestroyOptions{Force: true}); err != nil {
		t.Fatal(err)
	}
	create(t, d, spec)
	start(t, d, "m1")
	wantLost(t, d, "m1", false)
	if change, err := driver.Plan(t.Context(), d, spec); err != nil || change.Action != driver.ActionNone {
		t.Errorf("planned is %+v, %v", change, err)
	}
}

// 51, 90: another owner's instance is no holder, and a payload that has one without
// the driver having found it is denied.
func TestSharedNetworkOfOthers(t *testing.T) {
	mine, theirs := open(t, "mine"), open(t, "theirs")
	image := busybox(t, mine)
	create(t, theirs, sleeper("holder", image))
	start(t, theirs, "holder")
	_, err := mine.Create(t.Context(), sharer("m1", image))
	wantNoNetwork(t, err, "does not exist")
	for _, network := range []string{"container:theirs.holder", "container:" + inspect(t, theirs, "holder").HostID} {
		spec := sleeper("m1", image)
		spec.NICs = []driver.NIC{{Network: network}}
		_, err := mine.Create(t.Context(), spec)
		wantError(t, err, dockerhv.ErrNotFound)
	}
}

// 44, 91, 92: what an engine's death does to a group: nothing with live-restore; else
// all have ended, are started again in order, and are destroyed without a trace.
func TestSharedNetworkWhenTheEngineDies(t *testing.T) {
	for name, live := range map[string]bool{"with live-restore": true, "without": false} {
		t.Run(name, func(t *testing.T) {
			e, d, image := private(t, map[string]any{"live-restore": live})
			before := enginetest.Snapshot(t, e.Endpoint())
			for _, spec := range []driver.Spec{sleeper("holder", image), sharer("m1", image)} {
				// The engine starts them again by itself, in whatever order.
				spec.Restart = driver.Restart{Policy: driver.RestartAlways}
				if _, err := d.Create(t.Context(), spec); err != nil {
					t.Fatal(err)
				}
				start(t, d, spec.ID)
			}
			wantLost(t, d, "m1", false)
			started := inspect(t, d, "m1").Started
			e.Kill()
			if err := e.Restart(t.Context()); err != nil {
				t.Fatal(err)
			}
			if live && inspect(t, d, "m1").Started != started {
				t.Error("live-restore started it again")
			}
			converged(t, d, "holder")
			converged(t, d, "m1")
			wantLost(t, d, "m1", false)
			for _, id := range []string{"holder", "m1"} {
				if err := d.Destroy(t.Context(), id, driver.DestroyOptions{Force: true}); err != nil {
					t.Error(err)
				}
			}
			if after := enginetest.Snapshot(t, e.Endpoint()); len(after.Containers) != len(before.Containers) || len(after.Networks) != len(before.Networks) {
				t.Errorf("left are %+v", after)
			}
		})
	}
}

// converged starts an instance, as often as an engine that is just coming up wants.
func converged(t *testing.T, d *docker.Driver, id string) {
	t.Helper()
	err := d.Start(t.Context(), id)
	for deadline := time.Now().Add(20 * time.Second); err != nil && time.Now().Before(deadline); err = d.Start(t.Context(), id) {
		time.Sleep(100 * time.Millisecond)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// 90, 92, pitfalls 7 and 9: the sweep spares a holder while a member is wanted, and
// takes the group that nobody wants.
func TestSharedNetworkIsSwept(t *testing.T) {
	d := open(t, "swept")
	image := busybox(t, d)
	create(t, d, sleeper("holder", image))
	create(t, d, sharer("m1", image))
	for _, tc := range []struct{ keep, want []string }{
		{[]string{"m1"}, nil},
		{nil, []string{"holder", "m1"}},
	} {
		swept, err := driver.Sweep(t.Context(), d, driver.SweepOptions{Grace: -1, Keep: tc.keep})
		if err != nil {
			t.Fatal(err)
		}
		if got := ids(swept); strings.Join(got, " ") != strings.Join(tc.want, " ") {
			t.Errorf("with %q wanted, swept are %q", tc.keep, got)
		}
	}
}

// 96: a network that somebody removed is made again, once, where its spec is known,
// and the instance is on it as before; else it is said which is missing.
func TestMissingNetwork(t *testing.T) {
	d := open(t, "missing")
	image := busybox(t, d)
	lan(t, d, "lan", "10.82.0.0/24")
	spec := sleeper("i1", image)
	spec.NICs = []driver.NIC{{}, {Network: "lan", IPv4: addr("10.82.0.7"), Aliases: []string{"db"}}}
	create(t, d, spec)
	for _, begun := range []bool{false, true} {
		if begun {
			if err := d.Stop(t.Context(), "i1", driver.StopOptions{Grace: -1}); err != nil {
				t.Fatal(err)
			}
		}
		if status := callEngine(t, http.MethodDelete, "/networks/missing.lan", ""); status != http.StatusNoContent {
			t.Fatalf("remove network: status %d", status)
		}
		start(t, open(t, "missing"), "i1") // who knows nothing
		nics := inspect(t, d, "i1").NICs
		if len(nics) != 2 || nics[1].IPv4 != addr("10.82.0.7") || nics[1].Aliases[0] != "db" {
			t.Errorf("NICs %+v", nics)
		}
	}
	if all, err := d.Networks(t.Context()); err != nil || len(all) != 1 || all[0].Spec.ID != "lan" {
		t.Errorf("networks %+v, %v", all, err)
	}
}

// 96: one that is nobody's is not made again; once it is there, the instance starts.
func TestMissingForeignNetwork(t *testing.T) {
	proxy, d, image := faulty(t, "foreign")
	add := func() {
		t.Helper()
		if status := callEngine(t, http.MethodPost, "/networks/create", `{"Name":"foreign-lan"}`); status != http.StatusCreated {
			t.Fatalf("create network: status %d", status)
		}
	}
	remove := func() { callEngine(t, http.MethodDelete, "/networks/foreign-lan", "") }
	add()
	t.Cleanup(remove)
	spec := sleeper("i1", image)
	spec.NICs = []driver.NIC{{Network: "foreign-lan"}}
	create(t, d, spec)
	start(t, d, "i1")
	if err := d.Stop(t.Context(), "i1", driver.StopOptions{Grace: -1}); err != nil {
		t.Fatal(err)
	}
	remove()
	proxy.Calls()
	err := d.Start(t.Context(), "i1")
	wantError(t, err, dockerhv.ErrConflict)
	if missing, ok := errors.AsType[*driver.NetworkMissingError](err); !ok || missing.Network != "foreign-lan" {
		t.Errorf("got %v; want that foreign-lan is missing", err)
	}
	wantCalls(t, proxy, "POST /containers/*/start", "GET /containers/*/json", "GET /networks")
	add()
	start(t, d, "i1")
}

// 96: what can't be made again, for others have its addresses now, is said, and not
// tried for ever.
func TestMissingNetworkCannotBeMade(t *testing.T) {
	proxy, d, image := faulty(t, "unmade")
	lan(t, d, "lan", "10.81.0.0/24")
	spec := sleeper("i1", image)
	spec.NICs = []driver.NIC{{Network: "lan"}}
	create(t, d, spec)
	callEngine(t, http.MethodDelete, "/networks/unmade.lan", "")
	lan(t, d, "other", "10.81.0.0/16")
	proxy.Calls()
	err := d.Start(t.Context(), "i1")
	wantError(t, err, dockerhv.ErrConflict)
	if _, ok := errors.AsType[*driver.NetworkMissingError](err); !ok {
		t.Errorf("got %v; want that a network is missing", err)
	}
	starts := 0
	for _, call := range proxy.Calls() {
		if call == "POST /containers/*/start" {
			starts++
		}
	}
	if starts != 1 {
		t.Errorf("it was started %d times", starts)
	}
	_ = d.Destroy(t.Context(), "i1", driver.DestroyOptions{})
}
