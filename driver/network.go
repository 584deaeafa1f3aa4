package driver

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/netip"
	"time"
)

// NetworkDriver is how a network connects its instances.
type NetworkDriver string

// The drivers. The empty one means NetworkBridge.
const (
	NetworkBridge  NetworkDriver = "bridge"  // a switch of the host's own, with NAT outward
	NetworkMACVLAN NetworkDriver = "macvlan" // NICs of their own on an interface of the host
	NetworkIPVLAN  NetworkDriver = "ipvlan"  // addresses of their own on an interface of the host
	NetworkOverlay NetworkDriver = "overlay" // across the hosts of a swarm
)

// NetworkSpec is what a driver is told about a network. It is plain data as a [Spec]
// is; the zero value of each field means the host's default.
type NetworkSpec struct {
	// ID is the orchestrator's ID of the network, formed as an instance's. NIC.Network
	// names it. Required; "bridge", "host", "none" and "default" are the engine's own.
	ID string `json:"id"`
	// Driver is how it connects.
	Driver NetworkDriver `json:"driver,omitempty"`
	// Parent is the host's interface of a macvlan or ipvlan network, such as "eth0".
	// Of a VLAN it is "eth0.42", which the engine makes if it is not there. The policy
	// must allow it.
	Parent string `json:"parent,omitempty"`
	// Subnets are its addresses, IPv4 and IPv6; empty means that the host chooses an
	// IPv4 subnet. One of IPv6 makes the network dual stack.
	Subnets []Subnet `json:"subnets,omitempty"`
	// Internal gives it no way out.
	Internal bool `json:"internal,omitempty"`
	// MTU is the largest packet, in bytes; 0 means the host's default. An overlay takes
	// 50 of them for itself; the drivers macvlan and ipvlan have their parent's.
	MTU int `json:"mtu,omitempty"`
	// Options are the network driver's own, by their full names.
	Options map[string]string `json:"options,omitempty"`
	// Labels are the orchestrator's own, and are reported back.
	Labels map[string]string `json:"labels,omitempty"`
}

// Subnet is a range of addresses of a network.
type Subnet struct {
	// Prefix is the subnet, such as 10.1.0.0/16. Required.
	Prefix netip.Prefix `json:"prefix"`
	// Gateway is its way out; the zero value means the host's choice, usually the
	// first address.
	Gateway netip.Addr `json:"gateway,omitzero"`
	// Range is where the host chooses addresses from; the zero value means all of it.
	Range netip.Prefix `json:"range,omitzero"`
}

// Hash identifies the spec's content, as Spec.Hash does.
func (s NetworkSpec) Hash() string {
	data, err := json.Marshal(s)
	if err != nil {
		data = []byte(err.Error()) // unreachable: it holds nothing that JSON refuses
	}
	sum := sha256.Sum256(data)
	return "v1:" + hex.EncodeToString(sum[:])
}

// Network is what a driver reports about a network.
type Network struct {
	// Spec is what it was created from.
	Spec NetworkSpec `json:"spec"`
	// Owner is whose network it is.
	Owner string `json:"owner"`
	// HostID is what the host calls it.
	HostID string `json:"hostID"`
	// Subnets are those that are in force, also where the host chose them.
	Subnets []Subnet `json:"subnets,omitempty"`
	// Created is when it was created, by the host's clock.
	Created time.Time `json:"created,omitzero"`
}

// NetworkManager is a driver that makes networks of its owner's. Another owner may
// use the same IDs; the two never meet.
type NetworkManager interface {
	// CreateNetwork makes the network of a spec exist. It is idempotent as Create is:
	// the same ID with another spec is dockerhv.ErrExists. However many create one ID
	// at once, there is one network.
	CreateNetwork(ctx context.Context, spec NetworkSpec) (Network, error)
	// DestroyNetwork removes a network; an absent one is success. One that an instance
	// has a NIC on, also at rest, is dockerhv.ErrConflict, which names it.
	DestroyNetwork(ctx context.Context, id string) error
	// Networks returns the owner's networks, ordered by ID.
	Networks(ctx context.Context) ([]Network, error)
}

// CreateNetwork makes a network exist, as [NetworkManager] says.
func CreateNetwork(ctx context.Context, d Driver, spec NetworkSpec) (Network, error) {
	if m, ok := As[NetworkManager](d); ok {
		return m.CreateNetwork(ctx, spec)
	}
	return Network{}, unsupportedBy(d, "create network", spec.ID)
}

// DestroyNetwork removes a network, as [NetworkManager] says.
func DestroyNetwork(ctx context.Context, d Driver, id string) error {
	if m, ok := As[NetworkManager](d); ok {
		return m.DestroyNetwork(ctx, id)
	}
	return unsupportedBy(d, "destroy network", id)
}

// Networks returns the owner's networks, as [NetworkManager] says.
func Networks(ctx context.Context, d Driver) ([]Network, error) {
	if m, ok := As[NetworkManager](d); ok {
		return m.Networks(ctx)
	}
	return nil, unsupportedBy(d, "list networks", "")
}
