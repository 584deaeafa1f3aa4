package drivertest

import (
	"errors"
	"net/netip"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

var portRules = group{name: "Ports", alone: true, rules: []rule{
	{"are published and told while the instance runs", about(3, 87), portsTold, ""},
	{"of a range are published one by one", about(87), portsRange, ""},
	{"of the host's choice differ from each other", about(87), portsChosen, ""},
	{"are taken from a range as far as they are free", about(87), portsOfChoice, ""},
	{"are published by the protocol that is asked for alone", about(87), portsProtocol, ""},
	{"in use are ErrConflict, which names the port and who has it", about(88), portsInUse, ""},
}}

var loopback = netip.MustParseAddr("127.0.0.1")

// publish runs an instance that publishes ports, and returns those that are bound.
// It skips the rule where the driver publishes none.
func (t *trial) publish(id string, ports ...driver.Port) []driver.Port {
	t.Helper()
	spec := t.server(id)
	spec.Ports = ports
	if _, err := t.driver.Create(t.Context(), spec); errors.Is(err, errors.ErrUnsupported) {
		t.Skip(err)
	}
	return t.run(spec).Ports
}

func portsTold(t *trial) {
	bound := t.publish("i1", driver.Port{HostIP: loopback, Port: 80}, driver.Port{HostIP: loopback, Port: 53, Protocol: driver.UDP})
	if len(bound) != 2 || bound[0].HostPort == 0 || bound[1].HostPort == 0 {
		t.Fatalf("bound are %+v", bound)
	}
	want := []driver.Port{
		{HostIP: loopback, HostPort: bound[0].HostPort, Port: 53, Protocol: driver.UDP},
		{HostIP: loopback, HostPort: bound[1].HostPort, Port: 80, Protocol: driver.TCP},
	}
	t.same("bound ports, ordered", want, bound)
	t.stop("i1", driver.StopOptions{})
	if ports := t.inspect("i1").Ports; len(ports) > 0 {
		t.Errorf("at rest, bound are %+v", ports)
	}
}

// portsRange asks for a range whose place on the host the host itself has found free.
func portsRange(t *trial) {
	bound := t.publish("i1", driver.Port{HostIP: loopback, Port: 80, PortEnd: 82})
	if len(bound) != 3 {
		t.Fatalf("bound are %+v, want 3 ports", bound)
	}
	for n, p := range bound {
		if p.Port != 80+uint16(n) || p.HostPort == 0 || p.Protocol != driver.TCP || p.PortEnd != 0 || p.HostPortEnd != 0 {
			t.Errorf("bound is %+v, want one port of the range", p)
		}
	}
}

func portsChosen(t *trial) {
	one, other := t.publish("i1", driver.Port{HostIP: loopback, Port: 80}), t.publish("i2", driver.Port{HostIP: loopback, Port: 80})
	if len(one) != 1 || len(other) != 1 || one[0].HostPort == other[0].HostPort {
		t.Errorf("bound are %+v and %+v", one, other)
	}
}

func portsOfChoice(t *trial) {
	first := t.publish("i1", driver.Port{HostIP: loopback, Port: 80})[0].HostPort
	choice := driver.Port{HostIP: loopback, HostPort: first, HostPortEnd: first + 20, Port: 80}
	bound := t.publish("i2", choice)
	if len(bound) != 1 || bound[0].HostPort <= first || bound[0].HostPort > choice.HostPortEnd {
		t.Errorf("bound is %+v; want one above %d, which is in use, up to %d", bound, first, choice.HostPortEnd)
	}
}

func portsProtocol(t *trial) {
	tcp := t.publish("i1", driver.Port{HostIP: loopback, Port: 80})[0]
	udp := t.publish("i2", driver.Port{HostIP: loopback, HostPort: tcp.HostPort, Port: 80, Protocol: driver.UDP})
	tcp.Protocol = driver.UDP
	t.same("bound by UDP", []driver.Port{tcp}, udp)
}

func portsInUse(t *trial) {
	bound := t.publish("i1", driver.Port{HostIP: loopback, Port: 80})
	taken := t.server("i2")
	taken.Ports = bound
	t.create(taken)
	err := t.driver.Start(t.Context(), "i2")
	t.refused(err, dockerhv.ErrConflict)
	inUse, ok := errors.AsType[*driver.PortInUseError](err)
	if !ok || inUse.Holder != "i1" || inUse.Port.HostPort != bound[0].HostPort {
		t.Errorf("the error is %#v; want the port %d of i1", err, bound[0].HostPort)
	}
	t.stop("i1", driver.StopOptions{})
	t.start("i2")
}
