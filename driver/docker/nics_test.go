package docker_test

import (
	"errors"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/driver/docker"
	"github.com/dockerhv/dockerhv/internal/enginetest"
)

// network creates a network, and destroys it after the test.
func network(t *testing.T, d driver.Driver, spec driver.NetworkSpec) driver.Network {
	t.Helper()
	n, err := driver.CreateNetwork(t.Context(), d, spec)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := driver.DestroyNetwork(cleanup(t), d, spec.ID); err != nil {
			t.Error(err)
		}
	})
	return n
}

// lan is a network with a subnet of its own.
func lan(t *testing.T, d driver.Driver, id, prefix string) {
	t.Helper()
	network(t, d, driver.NetworkSpec{ID: id, Subnets: []driver.Subnet{{Prefix: netip.MustParsePrefix(prefix)}}})
}

// takesAllNICs tells whether the engine is 25 or newer.
func takesAllNICs(t *testing.T, d driver.Driver) bool { return apiAtLeast(t, d, 44) }

func apiAtLeast(t *testing.T, d driver.Driver, minor int) bool {
	t.Helper()
	host, err := d.Host(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(host.APIVersion, ".")
	return atoi(t, text) >= minor
}

// 89: what is asked for of a NIC is what there is, and is told with its network's
// prefix and gateway.
func TestNICs(t *testing.T) {
	d := openWith(t, "nic", driver.Policy{HostNetwork: true})
	image := busybox(t, d)
	lan(t, d, "lan", "10.99.0.0/24")
	address := netip.MustParseAddr("10.99.0.77")
	for name, tc := range map[string]struct {
		nic  driver.NIC
		want driver.NIC
	}{
		"fixed addresses": {
			driver.NIC{Network: "lan", MAC: "02:42:0a:63:00:99", IPv4: address},
			driver.NIC{Network: "lan", MAC: "02:42:0a:63:00:99", IPv4: address, Attachment: driver.Attachment{IPv4Bits: 24, IPv4Gateway: netip.MustParseAddr("10.99.0.1")}},
		},
		"fixed MAC on the bridge": {
			driver.NIC{MAC: "02:42:0a:63:00:98"},
			driver.NIC{Network: "bridge", MAC: "02:42:0a:63:00:98", Attachment: driver.Attachment{IPv4Bits: 16, IPv4Gateway: netip.MustParseAddr("172.17.0.1")}},
		},
		"none": {driver.NIC{Network: "none"}, driver.NIC{Network: "none"}},
		"host": {driver.NIC{Network: "host"}, driver.NIC{Network: "host"}},
	} {
		t.Run(name, func(t *testing.T) {
			spec := sleeper("nic", image)
			spec.NICs = []driver.NIC{tc.nic}
			create(t, d, spec)
			start(t, d, spec.ID)
			got := inspect(t, d, spec.ID).NICs
			if len(got) != 1 || got[0].Attachment.NetworkID == "" {
				t.Fatalf("NICs %+v", got)
			}
			got[0].Attachment.NetworkID = "" // the engine's choice
			if !tc.nic.IPv4.IsValid() {
				got[0].IPv4 = netip.Addr{}
			}
			if diff := cmp.Diff([]driver.NIC{tc.want}, got, cmp.Comparer(equalAddr), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("NICs (-want +got):\n%s", diff)
			}
		})
	}
	t.Run("a network that is not there", func(t *testing.T) {
		spec := sleeper("nowhere", image)
		spec.NICs = []driver.NIC{{Network: "nowhere"}}
		_, err := d.Create(t.Context(), spec)
		wantError(t, err, dockerhv.ErrNotFound)
		if !strings.Contains(err.Error(), "nowhere") {
			t.Errorf("%v does not name the network", err)
		}
	})
}

// 89, 95: an instance on a dual stack network has both addresses, its own aliases and
// link-local addresses, and keeps them over a restart.
func TestNICInside(t *testing.T) {
	d := open(t, "inside")
	image := busybox(t, d)
	network(t, d, driver.NetworkSpec{ID: "dual", Subnets: []driver.Subnet{
		{Prefix: netip.MustParsePrefix("10.97.0.0/24")}, {Prefix: netip.MustParsePrefix("fd00:97::/64")},
	}})
	ask := driver.NIC{
		Network: "dual", MAC: "02:42:0a:61:00:07", IPv4: netip.MustParseAddr("10.97.0.7"), IPv6: netip.MustParseAddr("fd00:97::7"),
		LinkLocal: []netip.Addr{netip.MustParseAddr("169.254.9.9")}, Aliases: []string{"db", "db.internal"},
	}
	spec := sleeper("db-1", image)
	spec.NICs = []driver.NIC{ask}
	create(t, d, spec)
	start(t, d, spec.ID)
	check := func() {
		t.Helper()
		nic := inspect(t, d, spec.ID).NICs[0]
		want := driver.Attachment{
			NetworkID: nic.Attachment.NetworkID, IPv4Bits: 24, IPv6Bits: 64,
			IPv4Gateway: netip.MustParseAddr("10.97.0.1"), IPv6Gateway: netip.MustParseAddr("fd00:97::1"),
		}
		if nic.Attachment != want {
			t.Errorf("attached by %+v, want %+v", nic.Attachment, want)
		}
		nic.Attachment = driver.Attachment{}
		if diff := cmp.Diff(ask, nic, cmp.Comparer(equalAddr)); diff != "" {
			t.Errorf("NIC (-want +got):\n%s", diff)
		}
		out := said(t, d, spec.ID, "ip", "addr", "show", "eth0")
		for _, part := range []string{"02:42:0a:61:00:07", "10.97.0.7/24", "fd00:97::7/64", "169.254.9.9/16"} {
			if !strings.Contains(out, part) {
				t.Errorf("no %s inside:\n%s", part, out)
			}
		}
	}
	check()
	if err := d.Restart(t.Context(), spec.ID, driver.StopOptions{}); err != nil {
		t.Fatal(err)
	}
	check()
	other := sleeper("client", image)
	other.NICs = []driver.NIC{{Network: "dual"}}
	create(t, d, other)
	start(t, d, other.ID)
	for name, want := range map[string]string{"db": "10.97.0.7", "db.internal": "10.97.0.7"} {
		if out := said(t, d, other.ID, "nslookup", name); !strings.Contains(out, want) {
			t.Errorf("the client finds %s at:\n%s", name, out)
		}
	}
}

// said runs a program in an instance and returns what it printed.
func said(t *testing.T, d driver.Driver, id string, args ...string) string {
	t.Helper()
	var out strings.Builder
	if _, err := driver.Exec(t.Context(), d, id, driver.Command{Args: args, Stdout: &out, Stderr: &out}); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// 89: an instance on several networks has an address on each, also when the call
// that created it was cut off before it was connected to all.
func TestSeveralNICs(t *testing.T) {
	proxy, d, image := faulty(t, "nics")
	lan(t, d, "lan1", "10.98.1.0/24")
	lan(t, d, "lan2", "10.98.2.0/24")
	spec := sleeper("nics", image)
	spec.NICs = []driver.NIC{{MAC: "02:42:ac:11:00:77"}, {Network: "lan1", IPv4: netip.MustParseAddr("10.98.1.77")}, {Network: "lan2"}}
	proxy.Calls()
	if takesAllNICs(t, d) {
		proxy.Calls()
		create(t, d, spec)
		wantCalls(t, proxy, "GET /networks", "POST /containers/create")
	} else {
		// As if the process had ended there: nothing is taken back either.
		proxy.On("POST /networks/*/connect", 1, enginetest.LoseRequest())
		proxy.On("DELETE /containers/*", 0, enginetest.Answer(http.StatusInternalServerError))
		if _, err := d.Create(t.Context(), spec); err == nil {
			t.Fatal("the call was not cut off")
		}
		proxy.Calls()
		create(t, d, spec)
		wantCalls(t, proxy, "GET /networks", "POST /containers/create", "GET /containers/*/json", "POST /networks/*/connect")
	}
	start(t, d, spec.ID)
	nics := inspect(t, d, spec.ID).NICs
	if len(nics) != 3 || nics[0].MAC != "02:42:ac:11:00:77" || nics[1].IPv4 != spec.NICs[1].IPv4 || !nics[2].IPv4.IsValid() {
		t.Errorf("NICs %+v", nics)
	}
}

func wantCalls(t *testing.T, proxy *enginetest.Proxy, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, proxy.Calls()); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
}

// 86, 89: what an engine would drop without a word is refused, and what it honours is
// in force.
func TestNICGates(t *testing.T) {
	d := open(t, "gates")
	image := busybox(t, d)
	lan(t, d, "lan", "10.96.0.0/24")
	try := func(t *testing.T, api int, option string, nics ...driver.NIC) (*docker.Driver, bool) {
		t.Helper()
		spec := sleeper("gated", image)
		spec.NICs = nics
		if apiAtLeast(t, d, api) {
			create(t, d, spec)
			start(t, d, spec.ID)
			return d, true
		}
		_, err := d.Create(t.Context(), spec)
		wantError(t, err, errors.ErrUnsupported)
		host, _ := d.Host(t.Context())
		if !strings.Contains(err.Error(), option) || !strings.Contains(err.Error(), host.Version) {
			t.Errorf("%v does not name %s and the engine's version", err, option)
		}
		return d, false
	}
	t.Run("interface", func(t *testing.T) {
		if d, ok := try(t, 48, "nics[0].interface", driver.NIC{Network: "lan", Interface: "lan9"}); ok {
			if out := said(t, d, "gated", "ip", "addr"); !strings.Contains(out, "lan9") {
				t.Errorf("no lan9 inside:\n%s", out)
			}
		}
	})
	t.Run("gateway", func(t *testing.T) {
		if d, ok := try(t, 48, "nics[1].gatewayPriority", driver.NIC{}, driver.NIC{Network: "lan", GatewayPriority: 9}); ok {
			if out := said(t, d, "gated", "ip", "route"); !strings.Contains(out, "default via 10.96.0.1") {
				t.Errorf("another way out:\n%s", out)
			}
		}
	})
	t.Run("second MAC", func(t *testing.T) {
		if d, ok := try(t, 44, "nics[1].mac", driver.NIC{}, driver.NIC{Network: "lan", MAC: "02:42:0a:60:00:99"}); ok {
			if nics := inspect(t, d, "gated").NICs; nics[1].MAC != "02:42:0a:60:00:99" {
				t.Errorf("NICs %+v", nics)
			}
		}
	})
	t.Run("sysctls", func(t *testing.T) {
		option := "com.docker.network.endpoint.sysctls"
		nic := driver.NIC{Network: "lan", Options: map[string]string{option: "net.ipv4.conf.IFNAME.forwarding=1"}}
		if d, ok := try(t, 46, option, nic); ok {
			if out := said(t, d, "gated", "cat", "/proc/sys/net/ipv4/conf/eth0/forwarding"); out != "1\n" {
				t.Errorf("forwarding is %q", out)
			}
		}
	})
}

// 91 to 94: instances of two owners are never on each other's networks, whatever
// these are called.
func TestNetworksOfOthers(t *testing.T) {
	mine, theirs := open(t, "mine"), open(t, "theirs")
	image := busybox(t, mine)
	lan(t, theirs, "lan", "10.95.0.0/24")
	for _, name := range []string{"lan", "theirs.lan"} {
		spec := sleeper("intruder", image)
		spec.NICs = []driver.NIC{{Network: name}}
		_, err := mine.Create(t.Context(), spec)
		wantError(t, err, dockerhv.ErrNotFound)
	}
	spec := sleeper("i1", image)
	create(t, mine, spec)
	wantError(t, mine.PlugNIC(t.Context(), "i1", driver.NIC{Network: "theirs.lan"}), dockerhv.ErrConflict)
	if err := mine.DestroyNetwork(t.Context(), "lan"); err != nil {
		t.Error(err)
	}
	all, err := theirs.Networks(t.Context())
	if err != nil || !slices.ContainsFunc(all, func(n driver.Network) bool { return n.Spec.ID == "lan" }) {
		t.Errorf("theirs are %+v, %v", all, err)
	}
	if own, err := mine.Networks(t.Context()); err != nil || len(own) > 0 {
		t.Errorf("mine are %+v, %v", own, err)
	}
}

func atoi(t *testing.T, text string) int {
	t.Helper()
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
