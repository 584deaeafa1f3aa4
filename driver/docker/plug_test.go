package docker_test

import (
	"errors"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/internal/enginetest"
)

// networksOf lists the networks that an instance has NICs on.
func networksOf(t *testing.T, d driver.Driver, id string) []string {
	t.Helper()
	var names []string
	for _, nic := range inspect(t, d, id).NICs {
		names = append(names, nic.Network)
	}
	return names
}

func wantNetworks(t *testing.T, d driver.Driver, id string, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, networksOf(t, d, id), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("networks of %s (-want +got):\n%s", id, diff)
	}
}

// 89: a NIC is plugged and unplugged while the instance runs and at rest, as often as
// it is asked for, and stays over a restart.
func TestPlugNIC(t *testing.T) {
	d := open(t, "plug")
	image := busybox(t, d)
	lan(t, d, "lan", "10.87.0.0/24")
	lan(t, d, "backup", "10.86.0.0/24")
	create(t, d, sleeper("i1", image))
	nic := driver.NIC{Network: "lan", IPv4: netip.MustParseAddr("10.87.0.7"), Aliases: []string{"db"}}
	plug := func(nic driver.NIC) {
		t.Helper()
		if err := d.PlugNIC(t.Context(), "i1", nic); err != nil {
			t.Fatal(err)
		}
	}
	unplug := func(nic string) {
		t.Helper()
		if err := d.UnplugNIC(t.Context(), "i1", nic); err != nil {
			t.Fatal(err)
		}
	}
	plug(driver.NIC{Network: "backup"}) // at rest
	wantNetworks(t, d, "i1", "backup", "bridge")
	start(t, d, "i1")
	plug(nic)
	plug(nic)
	wantNetworks(t, d, "i1", "backup", "bridge", "lan")
	for range 2 {
		if out := said(t, d, "i1", "ip", "addr"); !strings.Contains(out, "10.87.0.7/24") || !strings.Contains(out, " 10.86.0.") {
			t.Errorf("inside:\n%s", out)
		}
		if err := d.Restart(t.Context(), "i1", driver.StopOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	moved := nic
	moved.IPv4 = netip.MustParseAddr("10.87.0.8")
	wantError(t, d.PlugNIC(t.Context(), "i1", moved), dockerhv.ErrConflict)

	unplug("lan")
	unplug("lan")
	wantNetworks(t, d, "i1", "backup", "bridge")
	if out := said(t, d, "i1", "ip", "addr"); strings.Contains(out, "10.87.0.7") {
		t.Errorf("inside:\n%s", out)
	}
	for _, nic := range inspect(t, d, "i1").NICs {
		if nic.Network == "backup" {
			unplug(strings.ToUpper(nic.MAC))
		}
	}
	unplug("bridge")
	wantNetworks(t, d, "i1")
	if err := d.Restart(t.Context(), "i1", driver.StopOptions{}); err != nil {
		t.Fatal(err)
	}
	wantNetworks(t, d, "i1") // the engine's default does not come back by itself
	plug(moved)
	wantNetworks(t, d, "i1", "lan")
	if err := d.Stop(t.Context(), "i1", driver.StopOptions{}); err != nil {
		t.Fatal(err)
	}
	unplug("lan")
	wantNetworks(t, d, "i1")
}

// 89: where an instance can have no further NIC, it is refused and nothing changes.
func TestPlugNICRefused(t *testing.T) {
	d := openWith(t, "refused", driver.Policy{HostNetwork: true})
	image := busybox(t, d)
	lan(t, d, "lan", "10.85.0.0/24")
	for id, network := range map[string]string{"plain": "", "host": "host", "none": "none"} {
		spec := sleeper(id, image)
		spec.NICs = []driver.NIC{{Network: network}}
		create(t, d, spec)
		start(t, d, id)
	}
	taken := sleeper("taken", image)
	taken.NICs = []driver.NIC{{Network: "lan", IPv4: netip.MustParseAddr("10.85.0.9")}}
	create(t, d, taken)
	sharer := sleeper("sharer", image)
	sharer.NetworkOf = "plain"
	create(t, d, sharer)
	start(t, d, "sharer")
	for name, tc := range map[string]struct {
		id    string
		nic   driver.NIC
		class error
	}{
		"a fixed MAC":             {"plain", driver.NIC{Network: "lan", MAC: "02:42:0a:00:00:01"}, errors.ErrUnsupported},
		"an address of elsewhere": {"plain", driver.NIC{Network: "lan", IPv4: netip.MustParseAddr("10.1.2.3")}, dockerhv.ErrInvalid},
		"the host's network":      {"plain", driver.NIC{Network: "host"}, dockerhv.ErrInvalid},
		"a network of nobody":     {"plain", driver.NIC{Network: "nowhere"}, dockerhv.ErrConflict},
		"the default bridge":      {"host", driver.NIC{}, dockerhv.ErrConflict},
		"one beside the host's":   {"host", driver.NIC{Network: "lan"}, dockerhv.ErrConflict},
		"one beside the holder's": {"sharer", driver.NIC{Network: "lan"}, dockerhv.ErrConflict},
		"no instance":             {"nobody", driver.NIC{Network: "lan"}, dockerhv.ErrNotFound},
	} {
		t.Run(name, func(t *testing.T) { wantError(t, d.PlugNIC(t.Context(), tc.id, tc.nic), tc.class) })
	}
	wantNetworks(t, d, "plain", "bridge")
	wantNetworks(t, d, "host", "host")
	start(t, d, "taken")
	err := d.PlugNIC(t.Context(), "plain", driver.NIC{Network: "lan", IPv4: netip.MustParseAddr("10.85.0.9")})
	wantError(t, err, dockerhv.ErrConflict)
	wantNetworks(t, d, "plain", "bridge") // Engine 20.10 keeps half of it, with which nothing starts again
	wantError(t, d.UnplugNIC(t.Context(), "sharer", "bridge"), dockerhv.ErrConflict)
	if err := d.PlugNIC(t.Context(), "none", driver.NIC{Network: "lan"}); err != nil {
		t.Fatal(err)
	}
	wantNetworks(t, d, "none", "lan")
}

// 24, 89: a plan compares with the NICs that there are, not with those of before.
func TestPlanAfterPlug(t *testing.T) {
	d := open(t, "plan-nics")
	image := busybox(t, d)
	lan(t, d, "lan", "10.84.0.0/24")
	one := sleeper("i1", image)
	create(t, d, one)
	start(t, d, "i1")
	two := one
	two.NICs = []driver.NIC{{}, {Network: "lan", IPv4: netip.MustParseAddr("10.84.0.7")}}
	want := func(spec driver.Spec, action driver.Action, fields ...string) {
		t.Helper()
		change, err := driver.Plan(t.Context(), d, spec)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(driver.Change{Action: action, Fields: fields}, change, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("plan (-want +got):\n%s", diff)
		}
	}
	want(one, driver.ActionNone)
	want(two, driver.ActionUpdate, "nics")
	if err := d.PlugNIC(t.Context(), "i1", two.NICs[1]); err != nil {
		t.Fatal(err)
	}
	want(two, driver.ActionNone)
	want(one, driver.ActionUpdate, "nics")
	moved := two
	moved.NICs = slices.Clone(two.NICs)
	moved.NICs[1].IPv4 = netip.MustParseAddr("10.84.0.8")
	want(moved, driver.ActionUpdate, "nics")
	moved.Env = map[string]string{"A": "1"}
	want(moved, driver.ActionRecreate, "env", "nics")
	fixed := one
	fixed.NICs = []driver.NIC{{MAC: "02:42:0a:00:00:01"}}
	want(fixed, driver.ActionRecreate, "nics")
	if err := d.UnplugNIC(t.Context(), "i1", "lan"); err != nil {
		t.Fatal(err)
	}
	want(one, driver.ActionNone)
}

// 37, 89: a call of the engine is lost, comes twice or is answered with 500; made
// again, plugging and unplugging converge.
func TestPlugUnderFaults(t *testing.T) {
	proxy, d, image := faulty(t, "plug-faults")
	lan(t, d, "lan", "10.83.0.0/24")
	create(t, d, sleeper("i1", image))
	start(t, d, "i1")
	for name, fault := range map[string]enginetest.Fault{
		"the request is lost":     enginetest.LoseRequest(),
		"the response is lost":    enginetest.LoseResponse(),
		"the request comes twice": enginetest.Duplicate(),
		"the engine says 500":     enginetest.Answer(http.StatusInternalServerError),
	} {
		t.Run(name, func(t *testing.T) {
			do := func(call string, again func() error, want ...string) {
				t.Helper()
				proxy.On(call, 0, fault)
				if err := again(); err != nil {
					if err := again(); err != nil {
						t.Fatalf("%s again: %v", call, err)
					}
				}
				if proxy.Pending() != 0 {
					t.Fatalf("the fault hit nothing; the calls were %q", proxy.Calls())
				}
				wantNetworks(t, d, "i1", want...)
			}
			do("POST /networks/*/connect", func() error { return d.PlugNIC(t.Context(), "i1", driver.NIC{Network: "lan"}) }, "bridge", "lan")
			do("POST /networks/*/disconnect", func() error { return d.UnplugNIC(t.Context(), "i1", "lan") }, "bridge")
		})
	}
}
