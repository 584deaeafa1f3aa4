package drivertest

import (
	"errors"
	"net/netip"
	"strings"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

var networkRules = group{name: "Networks", needs: NetworkManager, alone: true, rules: []rule{
	{"are created once, however often they are asked for", about(93), networkOnce, ""},
	{"are created once by many at once", about(93), networkTogether, ""},
	{"of an ID in use with another spec are ErrExists", about(93), networkAnother, ""},
	{"that are invalid are refused, and nothing is created", about(81, 93), networkInvalid, ""},
	{"are listed by ID with what was asked for", about(93), networkListed, ""},
	{"give their instances addresses, also fixed ones", about(89, 93), networkAddresses, ""},
	{"that are not there are ErrNotFound to an instance", about(86, 96), networkUnknown, ""},
	{"in use are kept, and who uses them is told", about(94), networkInUse, ""},
	{"are destroyed when the last instance has gone, or are absent", about(94), networkDestroyed, ""},
	{"of two owners are two, and never meet", about(51, 93), networkOwners, ""},
	{"that nobody wants are swept, unless they are in use or young", about(50, 52, 94), networkSwept, ""},
}}

// prefix is for documentation and tests, so that no host has it.
const prefix = "198.51.100.0/24"

// network creates a network of a subnet.
func (t *trial) network(id string) driver.Network {
	t.Helper()
	n, err := driver.CreateNetwork(t.Context(), t.driver, subnetted(id))
	t.must(err)
	return n
}

func subnetted(id string) driver.NetworkSpec {
	return driver.NetworkSpec{ID: id, Subnets: []driver.Subnet{{Prefix: netip.MustParsePrefix(prefix)}}, Labels: map[string]string{"zone": "z1"}}
}

// on is a server with NICs on networks.
func (t *trial) on(id string, nics ...driver.NIC) driver.Spec {
	t.Helper()
	spec := t.server(id)
	spec.NICs = nics
	return spec
}

func (t *trial) networks(d driver.Driver) []string {
	t.Helper()
	all, err := driver.Networks(t.Context(), d)
	t.must(err)
	names := make([]string, 0, len(all))
	for _, n := range all {
		names = append(names, n.Spec.ID)
	}
	return names
}

func networkOnce(t *trial) {
	first := t.network("lan")
	again, err := driver.CreateNetwork(t.Context(), t.again(), subnetted("lan"))
	t.must(err)
	if first.HostID == "" || again.HostID != first.HostID {
		t.Errorf("created again it is %q, was %q", again.HostID, first.HostID)
	}
	t.same("networks", []string{"lan"}, t.networks(t.driver))
}

func networkTogether(t *trial) {
	drivers := []driver.Driver{t.driver, t.again(), t.again()}
	t.must(together(9, func(n int) error {
		_, err := driver.CreateNetwork(t.Context(), drivers[n%len(drivers)], driver.NetworkSpec{ID: "lan"})
		return err
	}))
	t.same("networks", []string{"lan"}, t.networks(t.driver))
	t.must(driver.DestroyNetwork(t.Context(), t.driver, "lan"))
	t.same("networks", []string{}, t.networks(t.driver))
}

func networkAnother(t *trial) {
	n := t.network("lan")
	for name, change := range map[string]func(*driver.NetworkSpec){
		"MTU":    func(s *driver.NetworkSpec) { s.MTU = 1400 },
		"label":  func(s *driver.NetworkSpec) { s.Labels = nil },
		"subnet": func(s *driver.NetworkSpec) { s.Subnets = nil },
	} {
		spec := subnetted("lan")
		change(&spec)
		if _, err := driver.CreateNetwork(t.Context(), t.driver, spec); fault(err, dockerhv.ErrExists) != nil {
			t.Errorf("another %s: %v", name, fault(err, dockerhv.ErrExists))
		}
	}
	t.same("the network after the refusals", n.HostID, t.network("lan").HostID)
}

func networkInvalid(t *trial) {
	for name, change := range map[string]func(*driver.NetworkSpec){
		"no ID":                        func(s *driver.NetworkSpec) { s.ID = "" },
		"an ID that is a path":         func(s *driver.NetworkSpec) { s.ID = "../lan" },
		"the host's own":               func(s *driver.NetworkSpec) { s.ID = "bridge" },
		"an unknown driver":            func(s *driver.NetworkSpec) { s.Driver = "wire" },
		"a macvlan on no interface":    func(s *driver.NetworkSpec) { s.Driver = driver.NetworkMACVLAN },
		"a bridge on an interface":     func(s *driver.NetworkSpec) { s.Parent = "eth0" },
		"a tiny MTU":                   func(s *driver.NetworkSpec) { s.MTU = 1 },
		"no prefix":                    func(s *driver.NetworkSpec) { s.Subnets = make([]driver.Subnet, 1) },
		"a gateway of elsewhere":       func(s *driver.NetworkSpec) { s.Subnets[0].Gateway = netip.MustParseAddr("192.0.2.1") },
		"a range of elsewhere":         func(s *driver.NetworkSpec) { s.Subnets[0].Range = netip.MustParsePrefix("192.0.2.0/28") },
		"subnets that overlap":         func(s *driver.NetworkSpec) { s.Subnets = append(s.Subnets, s.Subnets[0]) },
		"an option that is a field":    func(s *driver.NetworkSpec) { s.Options = map[string]string{"parent": "eth0"} },
		"a label that is no UTF-8":     func(s *driver.NetworkSpec) { s.Labels = map[string]string{"a": "\xff"} },
		"a prefix that is an address":  func(s *driver.NetworkSpec) { s.Subnets[0].Prefix = netip.MustParsePrefix("198.51.100.7/24") },
		"an interface that is a path":  func(s *driver.NetworkSpec) { s.Driver, s.Parent = driver.NetworkMACVLAN, "../eth0" },
		"an MTU of one's own, macvlan": func(s *driver.NetworkSpec) { s.Driver, s.Parent, s.MTU = driver.NetworkMACVLAN, "eth0", 1400 },
	} {
		spec := subnetted("lan")
		change(&spec)
		if _, err := driver.CreateNetwork(t.Context(), t.driver, spec); fault(err, dockerhv.ErrInvalid) != nil {
			t.Errorf("%s: %v", name, fault(err, dockerhv.ErrInvalid))
		}
	}
	t.same("networks", []string{}, t.networks(t.driver))
}

func networkListed(t *trial) {
	t.network("lan-b")
	_, err := driver.CreateNetwork(t.Context(), t.driver, driver.NetworkSpec{ID: "lan-a", Internal: true})
	t.must(err)
	all, err := driver.Networks(t.Context(), t.again())
	t.must(err)
	if len(all) != 2 || all[0].Spec.ID != "lan-a" || all[1].Spec.ID != "lan-b" {
		t.Fatalf("networks are %+v, want lan-a and lan-b", all)
	}
	if len(all[0].Subnets) == 0 || !all[0].Subnets[0].Prefix.IsValid() {
		t.Errorf("the subnet that the host chose is %+v", all[0].Subnets)
	}
	t.same("spec", subnetted("lan-b").Hash(), all[1].Spec.Hash())
	if n := all[1]; n.Owner != t.owner || n.HostID == "" || n.Created.IsZero() || len(n.Subnets) != 1 || n.Subnets[0].Prefix.String() != prefix {
		t.Errorf("listed %+v", n)
	}
}

func networkAddresses(t *trial) {
	n := t.network("lan")
	fixed := netip.MustParseAddr("198.51.100.77")
	one := t.run(t.on("i1", driver.NIC{Network: "lan", IPv4: fixed})).NICs
	other := t.run(t.on("i2", driver.NIC{Network: "lan"})).NICs
	if len(one) != 1 || len(other) != 1 {
		t.Fatalf("the instances have %+v and %+v", one, other)
	}
	for _, nic := range []driver.NIC{one[0], other[0]} {
		a := nic.Attachment
		if nic.Network != "lan" || !netip.MustParsePrefix(prefix).Contains(nic.IPv4) || nic.MAC == "" ||
			a.NetworkID != n.HostID || a.IPv4Bits != 24 || a.IPv4Gateway != netip.MustParseAddr("198.51.100.1") {
			t.Errorf("a NIC is %+v", nic)
		}
	}
	if one[0].IPv4 != fixed || other[0].IPv4 == fixed {
		t.Errorf("the addresses are %v and %v, asked for is %v for the first", one[0].IPv4, other[0].IPv4, fixed)
	}
	t.must(t.driver.Restart(t.Context(), "i1", driver.StopOptions{}))
	t.same("the address after a restart", fixed.String(), t.inspect("i1").NICs[0].IPv4.String())
	stray := t.on("i3", driver.NIC{Network: "lan", IPv4: netip.MustParseAddr("192.0.2.7")})
	_, err := t.driver.Create(t.Context(), stray)
	t.refused(err, dockerhv.ErrInvalid)
	t.absent("i3")
}

func networkUnknown(t *trial) {
	_, err := t.driver.Create(t.Context(), t.on("i1", driver.NIC{Network: "nowhere"}))
	t.refused(err, dockerhv.ErrNotFound)
	if !strings.Contains(err.Error(), "nowhere") {
		t.Errorf("%v does not name the network", err)
	}
	t.absent("i1")
}

func networkInUse(t *trial) {
	t.network("lan")
	t.create(t.on("i1", driver.NIC{Network: "lan"}))
	for range 2 { // at rest, and running
		err := driver.DestroyNetwork(t.Context(), t.driver, "lan")
		t.refused(err, dockerhv.ErrConflict)
		if err != nil && !strings.Contains(err.Error(), "i1") {
			t.Errorf("%v does not name i1", err)
		}
		t.start("i1")
	}
	t.same("networks", []string{"lan"}, t.networks(t.driver))
	if i := t.inspect("i1"); !i.Address().IsValid() {
		t.Errorf("the instance lost its address: %+v", i.NICs)
	}
}

func networkDestroyed(t *trial) {
	t.network("lan")
	t.run(t.on("i1", driver.NIC{Network: "lan"}))
	t.must(t.driver.Destroy(t.Context(), "i1", driver.DestroyOptions{Force: true}))
	for range 2 {
		t.must(driver.DestroyNetwork(t.Context(), t.driver, "lan"))
	}
	t.same("networks", []string{}, t.networks(t.driver))
}

func networkOwners(t *trial) {
	other := t.other()
	t.network("lan")
	_, err := driver.CreateNetwork(t.Context(), other, driver.NetworkSpec{ID: "lan"})
	t.must(err)
	_, err = driver.CreateNetwork(t.Context(), other, driver.NetworkSpec{ID: "theirs"})
	t.must(err)
	_, err = t.driver.Create(t.Context(), t.on("i1", driver.NIC{Network: "theirs"}))
	t.refused(err, dockerhv.ErrNotFound)
	t.must(driver.DestroyNetwork(t.Context(), t.driver, "theirs"))
	t.must(driver.DestroyNetwork(t.Context(), t.driver, "lan"))
	t.same("theirs", []string{"lan", "theirs"}, t.networks(other))
	t.same("mine", []string{}, t.networks(t.driver))
}

func networkSwept(t *trial) {
	sweep := func(want []string, opts driver.SweepOptions) {
		t.Helper()
		swept, err := driver.SweepNetworks(t.Context(), t.driver, opts)
		t.must(err)
		names := make([]string, 0, len(swept))
		for _, n := range swept {
			names = append(names, n.Spec.ID)
		}
		t.same("swept", want, names)
	}
	for _, id := range []string{"kept", "unwanted"} {
		_, err := driver.CreateNetwork(t.Context(), t.driver, driver.NetworkSpec{ID: id})
		t.must(err)
	}
	t.network("used")
	t.create(t.on("i1", driver.NIC{Network: "used"}))
	sweep(nil, driver.SweepOptions{})
	keep := driver.SweepOptions{Grace: -1, Keep: []string{"kept"}, DryRun: true}
	sweep([]string{"unwanted"}, keep)
	t.same("networks", []string{"kept", "unwanted", "used"}, t.networks(t.driver))
	keep.DryRun = false
	sweep([]string{"unwanted"}, keep)
	t.must(t.driver.Destroy(t.Context(), "i1", driver.DestroyOptions{}))
	sweep([]string{"kept", "used"}, driver.SweepOptions{Grace: -1})
}

// unsupported skips a rule about what a driver need not have.
func (t *trial) unsupported(err error) {
	t.Helper()
	if errors.Is(err, errors.ErrUnsupported) {
		t.Skip(err)
	}
	t.must(err)
}
