package driver

import (
	"cmp"
	"fmt"
	"net/netip"
	"strconv"

	"github.com/dockerhv/dockerhv"
)

// Protocol is a transport protocol of a port.
type Protocol string

// The protocols. The empty one means TCP.
const (
	TCP  Protocol = "tcp"
	UDP  Protocol = "udp"
	SCTP Protocol = "sctp"
)

// Port is a port of an instance, or a range of them, that is published on its host
// by one protocol and no other.
type Port struct {
	// HostIP is the host's address to listen on; the zero value means all.
	HostIP netip.Addr `json:"hostIP,omitzero"`
	// HostPort is the host's port; 0 means the engine's choice, which Inspect tells.
	HostPort uint16 `json:"hostPort,omitempty"`
	// HostPortEnd lets the engine take any free port from HostPort to this one; 0
	// means HostPort alone. It goes with no PortEnd.
	HostPortEnd uint16 `json:"hostPortEnd,omitempty"`
	// Port is the instance's port. Required.
	Port uint16 `json:"port"`
	// PortEnd publishes all ports from Port to this one: on HostPort and those that
	// follow it, or each on the engine's choice. 0 means Port alone.
	PortEnd uint16 `json:"portEnd,omitempty"`
	// Protocol is the transport; empty means TCP.
	Protocol Protocol `json:"protocol,omitempty"`
}

// Each returns the ports of a range one by one, with their protocol; of one port
// that port.
func (p Port) Each() []Port {
	all := make([]Port, 0, 1+max(p.PortEnd, p.Port)-p.Port)
	for n := uint16(0); ; n++ {
		one := Port{HostIP: p.HostIP, HostPortEnd: p.HostPortEnd, Port: p.Port + n, Protocol: cmp.Or(p.Protocol, TCP)}
		if p.HostPort != 0 {
			one.HostPort = p.HostPort + n
		}
		all = append(all, one)
		if one.Port >= p.PortEnd {
			return all
		}
	}
}

// PortInUseError is the cause of a dockerhv.ErrConflict: a port of the host that
// Start could not bind, also not a moment later.
type PortInUseError struct {
	// Port has the host's address, port and protocol, as far as the host tells them.
	Port Port
	// Holder is the ID of the owner's instance that has it; empty if none has.
	Holder string
}

// Error says which port it is, and who has it.
func (e *PortInUseError) Error() string {
	who := "by something that is none of this owner's instances"
	if e.Holder != "" {
		who = "by the instance " + e.Holder
	}
	what := "a port of the host"
	if e.Port.HostPort != 0 {
		what = "the host's port " + e.Port.hostSide()
	}
	return fmt.Sprintf("%s is in use %s", what, who)
}

// Unwrap returns dockerhv.ErrConflict.
func (e *PortInUseError) Unwrap() error { return dockerhv.ErrConflict }

// hostSide is what of a port is the host's: "127.0.0.1:80/tcp".
func (p Port) hostSide() string {
	text := strconv.Itoa(int(p.HostPort))
	if p.HostIP.IsValid() {
		text = netip.AddrPortFrom(p.HostIP, p.HostPort).String()
	}
	if p.Protocol != "" {
		text += "/" + string(p.Protocol)
	}
	return text
}

// Overlaps tells whether two bound ports can't be on one host at once. What is not
// known of one is taken to be as in the other.
func (p Port) Overlaps(q Port) bool {
	return p.HostPort == q.HostPort && p.HostPort != 0 &&
		(p.Protocol == q.Protocol || p.Protocol == "" || q.Protocol == "") && sharesAddress(p.HostIP, q.HostIP)
}

func sharesAddress(a, b netip.Addr) bool {
	if !a.IsValid() || !b.IsValid() || a == b {
		return true
	}
	return a.Is4() == b.Is4() && (a.IsUnspecified() || b.IsUnspecified())
}
