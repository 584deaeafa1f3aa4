package docker_test

import (
	"context"
	"errors"
	"net/http"
	"net/netip"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/driver/docker"
	"github.com/dockerhv/dockerhv/internal/enginetest"
)

// 93: what is asked for of a network is what there is.
func TestNetwork(t *testing.T) {
	d := open(t, "net")
	image := busybox(t, d)
	spec := driver.NetworkSpec{
		ID: "lan", Internal: true, MTU: 1400, Labels: map[string]string{"zone": "a"},
		Options: map[string]string{"com.docker.network.bridge.enable_icc": "true"},
		Subnets: []driver.Subnet{
			{Prefix: netip.MustParsePrefix("10.91.0.0/24"), Gateway: netip.MustParseAddr("10.91.0.9"), Range: netip.MustParsePrefix("10.91.0.64/26")},
			{Prefix: netip.MustParsePrefix("fd00:91::/64")},
		},
	}
	n := network(t, d, spec)
	if diff := cmp.Diff(spec, n.Spec, cmp.Comparer(equalAddr), cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })); diff != "" {
		t.Errorf("spec (-want +got):\n%s", diff)
	}
	if n.Owner != "net" || n.HostID == "" || n.Created.IsZero() || len(n.Subnets) != 2 || n.Subnets[0] != spec.Subnets[0] || n.Subnets[1].Prefix != spec.Subnets[1].Prefix {
		t.Errorf("network %+v", n)
	}
	again := network(t, d, spec)
	if again.HostID != n.HostID {
		t.Errorf("created again: %s, was %s", again.HostID, n.HostID)
	}
	other := spec
	other.MTU = 1300
	_, err := d.CreateNetwork(t.Context(), other)
	wantError(t, err, dockerhv.ErrExists)

	i := sleeper("i1", image)
	i.NICs = []driver.NIC{{Network: "lan"}}
	create(t, d, i)
	start(t, d, i.ID)
	nic := inspect(t, d, i.ID).NICs[0]
	if !spec.Subnets[0].Range.Contains(nic.IPv4) || !spec.Subnets[1].Prefix.Contains(nic.IPv6) || nic.Attachment.NetworkID != n.HostID {
		t.Errorf("NIC %+v", nic)
	}
	if out := said(t, d, i.ID, "ip", "link", "show", "eth0"); !strings.Contains(out, "mtu 1400") {
		t.Errorf("another MTU inside:\n%s", out)
	}
	var internal struct{ Internal bool }
	if callEngineInto(t, http.MethodGet, "/networks/net.lan", "", &internal); !internal.Internal {
		t.Error("the network is not internal")
	}
}

// 93: a macvlan network is on an interface of the host, also of a VLAN, which the
// policy must allow.
func TestNetworkOnInterface(t *testing.T) {
	// A kernel without VLANs can't make eth7.42, but the engine takes one that is there.
	for _, args := range [][]string{
		{"link", "add", "eth7.42", "type", "veth", "peer", "name", "trunk"},
		{"link", "set", "eth7.42", "up"},
		{"link", "set", "trunk", "up"},
	} {
		if out, err := exec.CommandContext(t.Context(), "ip", args...).CombinedOutput(); err != nil {
			t.Fatalf("ip %q: %v: %s", args, err, out)
		}
	}
	t.Cleanup(func() { _ = exec.CommandContext(cleanup(t), "ip", "link", "delete", "eth7.42").Run() })
	d := openWith(t, "vlan", driver.Policy{Interfaces: []string{"eth7"}})
	image := busybox(t, d)
	spec := driver.NetworkSpec{
		ID: "vlan42", Driver: driver.NetworkMACVLAN, Parent: "eth7.42",
		Subnets: []driver.Subnet{{Prefix: netip.MustParsePrefix("10.42.0.0/24")}},
	}
	network(t, d, spec)
	for id, addr := range map[string]string{"i1": "10.42.0.11", "i2": "10.42.0.12"} {
		i := sleeper(id, image)
		i.NICs = []driver.NIC{{Network: "vlan42", MAC: "02:42:0a:2a:00:" + addr[len(addr)-2:], IPv4: netip.MustParseAddr(addr)}}
		create(t, d, i)
		start(t, d, id)
	}
	if out := said(t, d, "i1", "ip", "addr", "show", "eth0"); !strings.Contains(out, "02:42:0a:2a:00:11") || !strings.Contains(out, "10.42.0.11/24") {
		t.Errorf("inside:\n%s", out)
	}
	if out := said(t, d, "i1", "ping", "-c", "1", "-W", "5", "10.42.0.12"); !strings.Contains(out, "1 packets received") {
		t.Errorf("the other is not reached:\n%s", out)
	}

	_, err := open(t, "vlan-strict").CreateNetwork(t.Context(), spec) // 119
	wantError(t, err, dockerhv.ErrDenied)
	absent := spec
	absent.ID, absent.Parent, absent.Subnets = "absent", "eth7", nil
	_, err = d.CreateNetwork(t.Context(), absent)
	wantError(t, err, dockerhv.ErrInvalid)
	bridge := driver.NetworkSpec{ID: "theirs", Options: map[string]string{"com.docker.network.bridge.name": "docker0"}}
	_, err = d.CreateNetwork(t.Context(), bridge)
	wantError(t, err, dockerhv.ErrDenied)
}

// 86: an overlay needs a swarm, and says so.
func TestNetworkUnsupported(t *testing.T) {
	d := open(t, "overlay")
	_, err := d.CreateNetwork(t.Context(), driver.NetworkSpec{ID: "wide", Driver: driver.NetworkOverlay})
	wantError(t, err, errors.ErrUnsupported)
	lan(t, d, "one", "10.90.0.0/24")
	_, err = d.CreateNetwork(t.Context(), driver.NetworkSpec{ID: "two", Subnets: []driver.Subnet{{Prefix: netip.MustParsePrefix("10.90.0.0/25")}}})
	wantError(t, err, dockerhv.ErrConflict)
}

// 93: however many create one network at once, from however many processes, there is
// one, and all agree on it. Engine 20.10 makes one for each call.
func TestNetworkCreatedAtOnce(t *testing.T) {
	enginetest.AssertUnchanged(t)
	for range 5 {
		const many = 8
		var group sync.WaitGroup
		errs := make(chan error, many)
		for range many {
			d := open(t, "together")
			group.Go(func() {
				_, err := d.CreateNetwork(t.Context(), driver.NetworkSpec{ID: "lan"})
				errs <- err
			})
		}
		group.Wait()
		close(errs)
		for err := range errs {
			if err != nil {
				t.Error(err)
			}
		}
		named := 0
		for _, name := range enginetest.Snapshot(t, enginetest.Endpoint(t)).Networks {
			if strings.HasPrefix(name, "together.lan ") {
				named++
			}
		}
		if named != 1 {
			t.Errorf("there are %d networks", named)
		}
		if err := open(t, "together").DestroyNetwork(t.Context(), "lan"); err != nil {
			t.Fatal(err)
		}
	}
}

// 93: where an engine has two networks of one name, the one in use stays, and an
// instance is put on that.
func TestNetworksOfOneName(t *testing.T) {
	d := open(t, "twice")
	if takesAllNICs(t, d) {
		t.Skip("since Engine 25 a network's name is its own")
	}
	image := busybox(t, d)
	network(t, d, driver.NetworkSpec{ID: "lan"})
	body := `{"Name":"twice.lan","CheckDuplicate":false,"Labels":{"io.github.dockerhv.owner":"twice",` +
		`"io.github.dockerhv.network":"lan","io.github.dockerhv.network-spec":"{\"id\":\"lan\"}"}}`
	if status := callEngine(t, http.MethodPost, "/networks/create", body); status != http.StatusCreated {
		t.Fatalf("create network: status %d", status)
	}
	spec := sleeper("i1", image)
	spec.NICs = []driver.NIC{{Network: "lan"}}
	create(t, d, spec)
	start(t, d, spec.ID)
	if all, err := d.Networks(t.Context()); err != nil || len(all) != 1 || all[0].HostID != inspect(t, d, "i1").NICs[0].Attachment.NetworkID {
		t.Errorf("networks %+v, %v", all, err)
	}
}

// 94: a network in use is kept, and says who uses it; the last one gone, it goes.
func TestNetworkInUse(t *testing.T) {
	d := open(t, "busy")
	image := busybox(t, d)
	lan(t, d, "lan", "10.89.0.0/24")
	spec := sleeper("i1", image)
	spec.NICs = []driver.NIC{{Network: "lan"}}
	create(t, d, spec)
	refused := func(by string) {
		t.Helper()
		err := d.DestroyNetwork(t.Context(), "lan")
		wantError(t, err, dockerhv.ErrConflict)
		if !strings.Contains(err.Error(), by) {
			t.Errorf("%v does not name %s", err, by)
		}
	}
	refused("i1") // at rest
	start(t, d, "i1")
	refused("i1")
	if err := d.Destroy(t.Context(), "i1", driver.DestroyOptions{Force: true}); err != nil {
		t.Fatal(err)
	}
	foreign := createForeign(t, "guest", image.ID)
	callEngine(t, http.MethodPost, "/networks/busy.lan/connect", `{"Container":"`+foreign+`"}`)
	callEngine(t, http.MethodPost, "/containers/"+foreign+"/restart?t=0", "") // its command ends at once
	if err := d.DestroyNetwork(t.Context(), "lan"); err != nil {
		t.Error(err)
	}
	if err := d.DestroyNetwork(t.Context(), "lan"); err != nil {
		t.Errorf("destroyed again: %v", err)
	}
}

// 94: somebody else's container that runs on the network is named, after a while in
// which it may have left.
func TestNetworkInUseByOthers(t *testing.T) {
	d := open(t, "guests")
	image := busybox(t, d)
	lan(t, d, "lan", "10.88.0.0/24")
	guests := open(t, "guest")
	create(t, guests, sleeper("g1", image))
	start(t, guests, "g1")
	if status := callEngine(t, http.MethodPost, "/networks/guests.lan/connect", `{"Container":"guest.g1"}`); status != http.StatusOK {
		t.Fatalf("connect: status %d", status)
	}
	err := d.DestroyNetwork(t.Context(), "lan")
	wantError(t, err, dockerhv.ErrConflict)
	if !strings.Contains(err.Error(), "guest.g1") {
		t.Errorf("%v does not name guest.g1", err)
	}
	leave := time.AfterFunc(time.Second, func() {
		callEngine(t, http.MethodPost, "/networks/guests.lan/disconnect", `{"Container":"guest.g1"}`)
	})
	defer leave.Stop()
	if err := d.DestroyNetwork(t.Context(), "lan"); err != nil {
		t.Error(err)
	}
}

// 37, 93: the calls that make and remove a network are lost, cut or come twice.
func TestNetworkUnderFaults(t *testing.T) {
	proxy, d, _ := faulty(t, "net-faults")
	create := func(ctx context.Context, d *docker.Driver) error {
		_, err := d.CreateNetwork(ctx, driver.NetworkSpec{ID: "lan"})
		return err
	}
	destroy := func(ctx context.Context, d *docker.Driver) error { return d.DestroyNetwork(ctx, "lan") }
	for name, fault := range map[string]enginetest.Fault{
		"the request is lost":     enginetest.LoseRequest(),
		"the response is lost":    enginetest.LoseResponse(),
		"the request comes twice": enginetest.Duplicate(),
		"the answer is cut":       enginetest.Truncate(3),
		"the engine says 500":     enginetest.Answer(http.StatusInternalServerError),
	} {
		t.Run(name, func(t *testing.T) {
			for i, call := range []string{"POST /networks/create", "DELETE /networks/*"} {
				do := []func(context.Context, *docker.Driver) error{create, destroy}[i]
				proxy.On(call, 0, fault)
				if err := do(t.Context(), d); err != nil {
					if err := do(t.Context(), d); err != nil {
						t.Fatalf("%s again: %v", call, err)
					}
				}
				if proxy.Pending() != 0 {
					t.Fatalf("the fault hit nothing; the calls were %q", proxy.Calls())
				}
				if all, err := d.Networks(t.Context()); err != nil || len(all) != 1-i {
					t.Errorf("after %s: %+v, %v", call, all, err)
				}
			}
		})
	}
}
