package driver_test

import (
	"errors"
	"net/netip"
	"strings"
	"testing"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

func prefix(s string) netip.Prefix { return netip.MustParsePrefix(s) }

// 87, 89, 90, 95: what of networks is accepted of a spec.
func TestValidateAcceptsNetworks(t *testing.T) {
	for name, change := range map[string]func(*driver.Spec){
		"a range of ports":     ports(driver.Port{HostPort: 65534, Port: 1, PortEnd: 2}),
		"a choice of ports":    ports(driver.Port{HostPort: 8000, HostPortEnd: 8010, Port: 80}, driver.Port{HostPort: 8000, HostPortEnd: 8010, Port: 81}),
		"all ports":            ports(driver.Port{Port: 1, PortEnd: 65535}),
		"a NIC of everything":  nic(driver.NIC{Network: "n", LinkLocal: []netip.Addr{addr("169.254.1.1"), addr("fe80::1")}, Aliases: []string{"db", "db.x"}, Interface: "lan0", GatewayPriority: -1, Options: map[string]string{"a.b": "c"}}),
		"another's network":    func(s *driver.Spec) { s.NetworkOf = "i0" },
		"names":                func(s *driver.Spec) { s.Hostname, s.Domain = "web", "cloud.example" },
		"no search at all":     func(s *driver.Spec) { s.DNS.Search = []string{"."} },
		"a resolver's options": func(s *driver.Spec) { s.DNS.Options = []string{"ndots:3", "use-vc"} },
		"name servers":         func(s *driver.Spec) { s.DNS.Servers = []netip.Addr{addr("192.0.2.1"), addr("2001:db8::1")} },
		"hosts": func(s *driver.Spec) {
			s.DNS.Hosts = []driver.HostEntry{{Name: "db", Address: "2001:db8::1"}, {Name: "db", Address: driver.HostGateway}}
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := driver.Spec{ID: "i1", Image: imageID}
			change(&s)
			if err := driver.Validate(s, driver.Host{}); err != nil {
				t.Errorf("Validate = %v, want none", err)
			}
		})
	}
}

// 81, 82: what of networks is refused of a spec, and by which field.
func TestValidateRefusesNetworks(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(*driver.Spec)
		field  string
	}{
		"a host port for two":         {ports(driver.Port{HostPort: 80, Port: 1}, driver.Port{HostPort: 80, Port: 2}), "ports[1]"},
		"a range over another":        {ports(driver.Port{HostPort: 80, Port: 1}, driver.Port{HostPort: 79, Port: 2, PortEnd: 3}), "ports[1]"},
		"a range backwards":           {ports(driver.Port{Port: 2, PortEnd: 1}), "ports[0].portEnd"},
		"a range beyond the last":     {ports(driver.Port{HostPort: 65535, Port: 1, PortEnd: 2}), "ports[0].hostPort"},
		"a choice backwards":          {ports(driver.Port{HostPort: 81, HostPortEnd: 80, Port: 1}), "ports[0].hostPortEnd"},
		"a choice from nowhere":       {ports(driver.Port{HostPortEnd: 80, Port: 1}), "ports[0].hostPortEnd"},
		"a choice for a range":        {ports(driver.Port{HostPort: 80, HostPortEnd: 90, Port: 1, PortEnd: 2}), "ports[0].hostPortEnd"},
		"a link-local one that isn't": {nic(driver.NIC{Network: "n", LinkLocal: []netip.Addr{addr("192.0.2.1")}}), "nics[0].linkLocal"},
		"link-local on the bridge":    {nic(driver.NIC{LinkLocal: []netip.Addr{addr("169.254.1.1")}}), "nics[0]"},
		"an alias on the bridge":      {nic(driver.NIC{Aliases: []string{"db"}}), "nics[0].aliases"},
		"a bad alias":                 {nic(driver.NIC{Network: "n", Aliases: []string{"a b"}}), "nics[0].aliases"},
		"a long interface":            {nic(driver.NIC{Interface: "interface-name-x"}), "nics[0].interface"},
		"an interface twice": {func(s *driver.Spec) {
			s.NICs = []driver.NIC{{Interface: "lan0"}, {Network: "n", Interface: "lan0"}}
		}, "nics[1].interface"},
		"an option that is a field": {nic(driver.NIC{Options: map[string]string{"com.docker.network.endpoint.ifname": "x"}}), "nics[0].options"},
		"an option of no name":      {nic(driver.NIC{Options: map[string]string{"": "x"}}), "nics[0].options"},
		"options of no interface":   {nic(driver.NIC{Network: "none", Options: map[string]string{"a": "x"}}), "nics[0]"},
		"the host's word":           {nic(driver.NIC{Attachment: driver.Attachment{IPv4Bits: 8}}), "nics[0].attachment"},
		"its own network":           {func(s *driver.Spec) { s.NetworkOf = "i1" }, "networkOf"},
		"another's by a bad ID":     {func(s *driver.Spec) { s.NetworkOf = "a/b" }, "networkOf"},
		"another's and NICs":        {func(s *driver.Spec) { s.NetworkOf, s.NICs = "i0", []driver.NIC{{}} }, "networkOf"},
		"another's and ports":       {func(s *driver.Spec) { s.NetworkOf, s.Ports = "i0", []driver.Port{{Port: 80}} }, "networkOf"},
		"another's and a hostname":  {func(s *driver.Spec) { s.NetworkOf, s.Hostname = "i0", "web" }, "networkOf"},
		"another's and DNS":         {func(s *driver.Spec) { s.NetworkOf, s.DNS.Search = "i0", []string{"x"} }, "networkOf"},
		"a bad domain":              {func(s *driver.Spec) { s.Domain = "a b" }, "domain"},
		"a server of a zone":        {func(s *driver.Spec) { s.DNS.Servers = []netip.Addr{addr("fe80::1%eth0")} }, "dns.servers"},
		"a bad search":              {func(s *driver.Spec) { s.DNS.Search = []string{"a b"} }, "dns.search"},
		"a bad option":              {func(s *driver.Spec) { s.DNS.Options = []string{"ndots:3\nnameserver 192.0.2.1"} }, "dns.options"},
		"a host without a name":     {func(s *driver.Spec) { s.DNS.Hosts = []driver.HostEntry{{Address: "192.0.2.1"}} }, "dns.hosts"},
		"a host at another":         {func(s *driver.Spec) { s.DNS.Hosts = []driver.HostEntry{{Name: "db", Address: "db2"}} }, "dns.hosts"},
	} {
		t.Run(name, func(t *testing.T) {
			s := driver.Spec{ID: "i1", Image: imageID}
			tt.change(&s)
			wantField(t, driver.Validate(s, host), tt.field)
		})
	}
}

func wantField(t *testing.T, err error, want string) {
	t.Helper()
	var field *dockerhv.FieldError
	if !errors.As(err, &field) || !errors.Is(err, dockerhv.ErrInvalid) || field.Field != want {
		t.Errorf("got %v, want a FieldError of %s", err, want)
	}
}

// 93: what is accepted and refused of a network.
func TestValidateNetwork(t *testing.T) {
	v4 := func() []driver.Subnet { return []driver.Subnet{{Prefix: prefix("10.1.0.0/16")}} }
	for name, tt := range map[string]struct {
		spec  driver.NetworkSpec
		field string // empty: accepted
	}{
		"the least":              {driver.NetworkSpec{ID: "lan"}, ""},
		"dual stack":             {driver.NetworkSpec{ID: "lan", Subnets: append(v4(), driver.Subnet{Prefix: prefix("fd00::/64"), Gateway: addr("fd00::1"), Range: prefix("fd00::/80")})}, ""},
		"on a VLAN":              {driver.NetworkSpec{ID: "lan", Driver: driver.NetworkMACVLAN, Parent: "eth0.42"}, ""},
		"an internal macvlan":    {driver.NetworkSpec{ID: "lan", Driver: driver.NetworkMACVLAN, Internal: true}, ""},
		"an overlay":             {driver.NetworkSpec{ID: "lan", Driver: driver.NetworkOverlay, MTU: 9000}, ""},
		"no ID":                  {driver.NetworkSpec{}, "id"},
		"a long ID":              {driver.NetworkSpec{ID: strings.Repeat("a", 64)}, "id"},
		"the engine's default":   {driver.NetworkSpec{ID: "default"}, "id"},
		"an overlay with a dot":  {driver.NetworkSpec{ID: "a.b", Driver: driver.NetworkOverlay}, "id"},
		"an unknown driver":      {driver.NetworkSpec{ID: "lan", Driver: "null"}, "driver"},
		"a bridge on an eth0":    {driver.NetworkSpec{ID: "lan", Parent: "eth0"}, "parent"},
		"ipvlan on nothing":      {driver.NetworkSpec{ID: "lan", Driver: driver.NetworkIPVLAN}, "parent"},
		"a parent that is none":  {driver.NetworkSpec{ID: "lan", Driver: driver.NetworkIPVLAN, Parent: "a b"}, "parent"},
		"a tiny MTU":             {driver.NetworkSpec{ID: "lan", MTU: 67}, "mtu"},
		"a negative MTU":         {driver.NetworkSpec{ID: "lan", MTU: -1}, "mtu"},
		"the parent's MTU":       {driver.NetworkSpec{ID: "lan", Driver: driver.NetworkIPVLAN, Parent: "eth0", MTU: 1400}, "mtu"},
		"a subnet of no prefix":  {driver.NetworkSpec{ID: "lan", Subnets: make([]driver.Subnet, 1)}, "subnets[0].prefix"},
		"a subnet with a host":   {driver.NetworkSpec{ID: "lan", Subnets: []driver.Subnet{{Prefix: prefix("10.1.0.7/16")}}}, "subnets[0].prefix"},
		"a gateway of elsewhere": {driver.NetworkSpec{ID: "lan", Subnets: []driver.Subnet{{Prefix: prefix("10.1.0.0/16"), Gateway: addr("10.2.0.1")}}}, "subnets[0].gateway"},
		"a range beyond":         {driver.NetworkSpec{ID: "lan", Subnets: []driver.Subnet{{Prefix: prefix("10.1.0.0/16"), Range: prefix("10.0.0.0/8")}}}, "subnets[0].range"},
		"subnets that overlap":   {driver.NetworkSpec{ID: "lan", Subnets: append(v4(), v4()...)}, "subnets[1].prefix"},
		"an option with a field": {driver.NetworkSpec{ID: "lan", Options: map[string]string{"com.docker.network.driver.mtu": "1"}}, "options"},
		"an option with NUL":     {driver.NetworkSpec{ID: "lan", Options: map[string]string{"a": "\x00"}}, "options"},
		"a label of no name":     {driver.NetworkSpec{ID: "lan", Labels: map[string]string{"": "x"}}, "labels"},
	} {
		t.Run(name, func(t *testing.T) {
			err := driver.ValidateNetwork(tt.spec)
			if tt.field != "" {
				wantField(t, err, tt.field)
			} else if err != nil {
				t.Errorf("ValidateNetwork = %v, want none", err)
			}
		})
	}
}

// 93: the hash of a network's spec depends on its content alone. It is kept on hosts,
// within the spec, and compared with that of a later version.
func TestNetworkSpecHash(t *testing.T) {
	spec := driver.NetworkSpec{ID: "lan", Subnets: []driver.Subnet{{Prefix: prefix("10.1.0.0/16")}}}
	const want = "v1:41d55912389d7f6c3f809ee5f1ce218d6f9066af988bf0e4f98045fa2cb38d2a"
	again := driver.NetworkSpec{ID: "lan", Subnets: []driver.Subnet{{Prefix: prefix("10.1.0.0/16")}}, Options: map[string]string{}}
	if spec.Hash() != want || again.Hash() != want {
		t.Errorf("hashes %s and %s, want %s", spec.Hash(), again.Hash(), want)
	}
	again.Internal = true
	if spec.Hash() == again.Hash() {
		t.Error("the hash does not depend on it")
	}
}

// 87, 88: the ports of a range, and which two can't be on one host.
func TestPort(t *testing.T) {
	each := driver.Port{HostIP: addr("192.0.2.1"), HostPort: 8000, Port: 80, PortEnd: 82, Protocol: driver.UDP}.Each()
	if len(each) != 3 || each[2] != (driver.Port{HostIP: addr("192.0.2.1"), HostPort: 8002, Port: 82, Protocol: driver.UDP}) {
		t.Errorf("each is %+v", each)
	}
	if last := (driver.Port{Port: 65535, PortEnd: 65535}).Each(); len(last) != 1 || last[0].HostPort != 0 || last[0].Protocol != driver.TCP {
		t.Errorf("each is %+v", last)
	}
	one := driver.Port{HostIP: addr("127.0.0.1"), HostPort: 80, Protocol: driver.TCP}
	for name, tt := range map[string]struct {
		other driver.Port
		want  bool
	}{
		"the same":             {one, true},
		"all addresses":        {driver.Port{HostIP: addr("0.0.0.0"), HostPort: 80, Protocol: driver.TCP}, true},
		"all of the other way": {driver.Port{HostIP: addr("::"), HostPort: 80, Protocol: driver.TCP}, false},
		"what is not known":    {driver.Port{HostPort: 80}, true},
		"another protocol":     {driver.Port{HostPort: 80, Protocol: driver.UDP}, false},
		"another address":      {driver.Port{HostIP: addr("127.0.0.2"), HostPort: 80}, false},
		"another port":         {driver.Port{HostPort: 81}, false},
		"no port":              {driver.Port{}, false},
	} {
		if one.Overlaps(tt.other) != tt.want || tt.other.Overlaps(one) != tt.want {
			t.Errorf("%s: want %t", name, tt.want)
		}
	}
	inUse := &driver.PortInUseError{Port: one, Holder: "i1"}
	if want := "the host's port 127.0.0.1:80/tcp is in use by the instance i1"; inUse.Error() != want || !errors.Is(inUse, dockerhv.ErrConflict) {
		t.Errorf("%v, want %s", inUse, want)
	}
}

// 94: without a driver that can, the functions say so.
func TestNetworksUnsupported(t *testing.T) {
	d := fake{}
	ctx := t.Context()
	_, created := driver.CreateNetwork(ctx, d, driver.NetworkSpec{ID: "lan"})
	_, listed := driver.Networks(ctx, d)
	for name, err := range map[string]error{
		"CreateNetwork": created, "Networks": listed, "DestroyNetwork": driver.DestroyNetwork(ctx, d, "lan"),
		"PlugNIC": driver.PlugNIC(ctx, d, "i1", driver.NIC{}), "UnplugNIC": driver.UnplugNIC(ctx, d, "i1", "lan"),
	} {
		if !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if swept, err := driver.SweepNetworks(ctx, d, driver.SweepOptions{}); err != nil || swept != nil {
		t.Errorf("swept %v, %v", swept, err)
	}
}
