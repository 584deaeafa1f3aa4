package drivertest

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

var nicRules = group{name: "NICs", needs: NICPlugger, alone: true, rules: []rule{
	{"are plugged into what runs, and stay", about(89), nicRunning, NetworkManager},
	{"are plugged at rest, and are there from the start", about(89), nicAtRest, NetworkManager},
	{"plugged again are success, and another on the network is ErrConflict", about(89), nicAgain, NetworkManager},
	{"are unplugged by their network or MAC, or are absent", about(89), nicUnplugged, NetworkManager},
	{"that were all unplugged do not come back by themselves", about(89), nicNone, ""},
	{"that are invalid are refused, and nothing changes", about(81, 89), nicInvalid, ""},
	{"change nothing of the instance but themselves", about(12, 89), nicAlone, NetworkManager},
}}

// plug and unplug change the NICs of the instance i1.
func (t *trial) plug(nic driver.NIC) {
	t.Helper()
	t.must(driver.PlugNIC(t.Context(), t.driver, "i1", nic))
}

func (t *trial) unplug(nic string) {
	t.Helper()
	t.must(driver.UnplugNIC(t.Context(), t.driver, "i1", nic))
}

// plugged asserts on which networks i1 has NICs, and returns that on "lan".
func (t *trial) plugged(want ...string) (lan driver.NIC) {
	t.Helper()
	got := []string{}
	for _, nic := range t.inspect("i1").NICs {
		got = append(got, nic.Network)
		if nic.Network == "lan" {
			lan = nic
		}
	}
	slices.Sort(got)
	t.same("networks of i1", want, got)
	return lan
}

func nicRunning(t *trial) {
	t.network("lan")
	t.serve("i1")
	fixed := driver.NIC{Network: "lan", IPv4: netip.MustParseAddr("198.51.100.77"), Aliases: []string{"db"}}
	t.plug(fixed)
	for range 2 {
		nic := t.plugged("bridge", "lan")
		if nic.IPv4 != fixed.IPv4 || nic.MAC == "" || nic.Attachment.IPv4Bits != 24 {
			t.Errorf("the NIC is %+v", nic)
		}
		t.same("aliases", fixed.Aliases, nic.Aliases)
		t.must(t.driver.Restart(t.Context(), "i1", driver.StopOptions{}))
	}
}

func nicAtRest(t *trial) {
	t.network("lan")
	t.create(t.server("i1"))
	t.plug(driver.NIC{Network: "lan"})
	t.plugged("bridge", "lan")
	if t.inspect("i1").Address().IsValid() {
		t.Error("at rest, the instance has an address")
	}
	t.start("i1")
	if nic := t.plugged("bridge", "lan"); !nic.IPv4.IsValid() {
		t.Errorf("the NIC is %+v", nic)
	}
}

func nicAgain(t *trial) {
	t.network("lan")
	t.serve("i1")
	nic := driver.NIC{Network: "lan", IPv4: netip.MustParseAddr("198.51.100.77")}
	t.plug(nic)
	t.must(driver.PlugNIC(t.Context(), t.again(), "i1", nic))
	t.plug(driver.NIC{}) // it is on the default network already
	nic.IPv4 = nic.IPv4.Next()
	t.refused(driver.PlugNIC(t.Context(), t.driver, "i1", nic), dockerhv.ErrConflict)
	t.same("address", "198.51.100.77", t.plugged("bridge", "lan").IPv4.String())
}

func nicUnplugged(t *trial) {
	t.network("lan")
	t.run(t.on("i1", driver.NIC{}, driver.NIC{Network: "lan"}))
	t.unplug("elsewhere")
	t.plugged("bridge", "lan")
	for range 2 {
		t.unplug("lan")
		t.plugged("bridge")
	}
	t.plug(driver.NIC{Network: "lan"})
	t.unplug(strings.ToUpper(t.plugged("bridge", "lan").MAC))
	t.plugged("bridge")
	t.must(driver.DestroyNetwork(t.Context(), t.driver, "lan"))
}

func nicNone(t *trial) {
	t.serve("i1")
	t.unplug("bridge")
	t.plugged()
	t.must(t.driver.Restart(t.Context(), "i1", driver.StopOptions{}))
	t.plugged()
	t.plug(driver.NIC{})
	t.plugged("bridge")
}

func nicInvalid(t *trial) {
	before := t.serve("i1")
	for name, nic := range map[string]driver.NIC{
		"the host's network":           {Network: "host"},
		"no network":                   {Network: "none"},
		"a bad MAC":                    {MAC: "no"},
		"an address of no network":     {IPv4: netip.MustParseAddr("192.0.2.1")},
		"an alias on the default one":  {Aliases: []string{"db"}},
		"a bad name of an interface":   {Interface: "a/b"},
		"what only the host can tell":  {Attachment: driver.Attachment{NetworkID: "x"}},
		"an address of another family": {Network: "lan", IPv4: netip.MustParseAddr("2001:db8::1")},
	} {
		if err := driver.PlugNIC(t.Context(), t.driver, "i1", nic); fault(err, dockerhv.ErrInvalid) != nil {
			t.Errorf("%s: %v", name, fault(err, dockerhv.ErrInvalid))
		}
	}
	t.refused(driver.PlugNIC(t.Context(), t.driver, "i1", driver.NIC{Network: "nowhere"}), dockerhv.ErrConflict)
	t.same("the instance", before, t.inspect("i1"))
}

func nicAlone(t *trial) {
	t.network("lan")
	before := t.serve("i1")
	t.plug(driver.NIC{Network: "lan"})
	after := t.inspect("i1")
	before.NICs, after.NICs = nil, nil
	t.same("the instance", before, after)
	if _, err := t.driver.Create(t.Context(), t.server("i1")); err != nil {
		t.Errorf("created again after a NIC was plugged: %v", err)
	}
	t.plugged("bridge", "lan")
}
