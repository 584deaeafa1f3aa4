package driver

import (
	"maps"
	"net/netip"
	"slices"
)

// NIC is one network interface of an instance.
type NIC struct {
	// Network is the ID of a network of the same owner, as CreateNetwork made it, or
	// else the name of one of the host's that has no owner; empty means the host's
	// default bridge. "none" and "host" are the engine's special ones.
	Network string `json:"network,omitempty"`
	// MAC is a fixed address, "02:42:ac:11:00:02"; empty means the engine's choice.
	MAC string `json:"mac,omitempty"`
	// IPv4 and IPv6 are fixed addresses, which need a network of one's own; the
	// zero value means the engine's choice.
	IPv4 netip.Addr `json:"ipv4,omitzero"`
	IPv6 netip.Addr `json:"ipv6,omitzero"`
	// LinkLocal are further addresses of the link, such as 169.254.8.9.
	LinkLocal []netip.Addr `json:"linkLocal,omitempty"`
	// Aliases are names by which the network's other instances find this one, beside
	// those that the engine gives it. They need a network of one's own.
	Aliases []string `json:"aliases,omitempty"`
	// Interface is what the instance calls it, such as "lan0"; empty means the engine's
	// choice. It needs Engine 28 (API 1.48).
	Interface string `json:"interface,omitempty"`
	// GatewayPriority decides which NIC has the default route: that of the highest,
	// among equals the engine's choice. Other than 0 it needs Engine 28 (API 1.48).
	GatewayPriority int `json:"gatewayPriority,omitempty"`
	// Options are the network driver's own for this NIC, by their full names.
	Options map[string]string `json:"options,omitempty"`

	// Attachment is what the host tells of a NIC that is in force; a spec that sets it
	// is refused.
	Attachment Attachment `json:"attachment,omitzero"`
}

// Attachment is how a NIC is attached to its network.
type Attachment struct {
	// NetworkID is what the host calls the network.
	NetworkID string `json:"networkID,omitempty"`
	// IPv4Bits and IPv6Bits are the lengths of the network's prefixes; 0 where the NIC
	// has no such address.
	IPv4Bits int `json:"ipv4Bits,omitempty"`
	IPv6Bits int `json:"ipv6Bits,omitempty"`
	// IPv4Gateway and IPv6Gateway are the network's ways out; zero where it has none.
	IPv4Gateway netip.Addr `json:"ipv4Gateway,omitzero"`
	IPv6Gateway netip.Addr `json:"ipv6Gateway,omitzero"`
}

// Clone returns a copy that shares nothing with the NIC.
func (n NIC) Clone() NIC {
	n.LinkLocal, n.Aliases, n.Options = slices.Clone(n.LinkLocal), slices.Clone(n.Aliases), maps.Clone(n.Options)
	return n
}

// The networks that every engine has.
const (
	networkBridge = "bridge"
	networkHost   = "host"
	networkNone   = "none"
)

// builtin tells whether the network is one that every engine has.
func (n NIC) builtin() bool { return n.Network == "" || n.Network == networkBridge || n.special() }

// special tells whether the network gives the instance no interface of its own.
func (n NIC) special() bool { return n.Network == networkNone || n.Network == networkHost }
