package driver

import "net/netip"

// NIC is one network interface of an instance.
type NIC struct {
	// Network names a network of the host; empty means its default bridge. "none"
	// and "host" are the engine's special ones.
	Network string `json:"network,omitempty"`
	// MAC is a fixed address, "02:42:ac:11:00:02"; empty means the engine's choice.
	MAC string `json:"mac,omitempty"`
	// IPv4 and IPv6 are fixed addresses, which need a network of one's own; the
	// zero value means the engine's choice.
	IPv4 netip.Addr `json:"ipv4,omitzero"`
	IPv6 netip.Addr `json:"ipv6,omitzero"`
}
