package memory

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

// bridge is the host's default network.
const bridge = "bridge"

// bridgeNetwork is what every host has.
func bridgeNetwork() *network {
	return &network{hostID: "memory-bridge", subnets: []driver.Subnet{{
		Prefix: netip.MustParsePrefix("172.17.0.0/16"), Gateway: netip.MustParseAddr("172.17.0.1"),
	}}}
}

// network returns the network that a NIC is on, nil for a special one. The caller has
// the lock.
func (h *Host) network(owner string, nic driver.NIC) (*network, error) {
	switch nic.Network {
	case "", bridge:
		return bridgeNetwork(), nil
	case "none", "host":
		return nil, nil //nolint:nilnil // there is none, and that is no fault
	}
	n, ok := h.networks[key{owner, nic.Network}]
	if !ok && slices.Contains(h.opts.Networks, nic.Network) {
		n, ok = &network{hostID: "memory-network-" + nic.Network, subnets: bridgeNetwork().subnets}, true
		n.spec.Subnets = n.subnets
	}
	if !ok {
		return nil, refuse(dockerhv.ErrNotFound, "create the network first", "there is no network %s", nic.Network)
	}
	for _, addr := range []netip.Addr{nic.IPv4, nic.IPv6} {
		if addr.IsValid() && !slices.ContainsFunc(n.spec.Subnets, func(s driver.Subnet) bool { return s.Prefix.Contains(addr) }) {
			return nil, &dockerhv.FieldError{Field: "nics", Reason: fmt.Sprintf("%v is in no subnet of the network %s's spec", addr, nic.Network)}
		}
	}
	return n, nil
}

// PlugNIC gives an instance a further NIC.
func (d *Driver) PlugNIC(ctx context.Context, id string, nic driver.NIC) error {
	return d.locked(ctx, "plug nic of instance", id, func() error {
		if err := driver.ValidateNIC(nic); err != nil {
			return err
		}
		return d.on(id, func(i *instance) error {
			at := i.nicOn(nic.Network)
			switch {
			case i.holder != nil || i.nicOn("host") >= 0:
				return refuse(dockerhv.ErrConflict, "plug it into an instance with interfaces of its own", "the instance has the network of another")
			case at >= 0 && sameNIC(i.plugged[at], nic):
				return nil
			case at >= 0:
				return refuse(dockerhv.ErrConflict, "unplug that one first", "the instance has another NIC on the network %s", nic.Network)
			}
			if _, err := d.host.network(d.owner, nic); err != nil {
				return refuse(dockerhv.ErrConflict, "create the network first", "%w", err)
			}
			i.plugged = slices.DeleteFunc(i.plugged, func(n driver.NIC) bool { return n.Network == "none" })
			i.plugged = append(i.plugged, nic.Clone())
			d.host.change()
			return nil
		})
	})
}

// UnplugNIC takes a NIC away.
func (d *Driver) UnplugNIC(ctx context.Context, id, nic string) error {
	return d.locked(ctx, "unplug nic of instance", id, func() error {
		return d.on(id, func(i *instance) error {
			if i.holder != nil {
				return refuse(dockerhv.ErrConflict, "unplug it from that instance", "the instance has the network of %s", i.spec.NetworkOf)
			}
			at := i.nicOn(nic)
			for n, told := range i.nics() {
				if told.MAC != "" && strings.EqualFold(told.MAC, nic) && i.state.Active() {
					at = n
				}
			}
			if at >= 0 {
				i.plugged = slices.Delete(i.plugged, at, at+1)
				d.host.change()
			}
			return nil
		})
	})
}

// nicOn returns which NIC is on a network, or -1.
func (i *instance) nicOn(network string) int {
	return slices.IndexFunc(i.plugged, func(n driver.NIC) bool { return cmp.Or(n.Network, bridge) == cmp.Or(network, bridge) })
}

// sameNIC tells whether two NICs are asked for in the same way.
func sameNIC(a, b driver.NIC) bool {
	a.Network, b.Network = cmp.Or(a.Network, bridge), cmp.Or(b.Network, bridge)
	one, err := json.Marshal(a)
	other, otherErr := json.Marshal(b)
	return err == nil && otherErr == nil && string(one) == string(other)
}

// nics are what is plugged, in that order, with addresses made of the instance's
// number where nothing else is asked for. They have none at rest.
func (i *instance) nics() []driver.NIC {
	nics := make([]driver.NIC, 0, len(i.plugged))
	for _, asked := range i.plugged {
		nic := asked.Clone()
		nic.Network = cmp.Or(nic.Network, bridge)
		n, err := i.on.network(i.owner, nic)
		switch {
		case err != nil || !i.state.Active():
			nic.MAC, nic.IPv4, nic.IPv6 = "", netip.Addr{}, netip.Addr{}
		case n != nil:
			nic = n.attach(nic, i.number)
		}
		nics = append(nics, nic)
	}
	return nics
}

// attach gives a NIC what the network gives an instance of a number.
func (n *network) attach(nic driver.NIC, number int) driver.NIC {
	nic.Attachment.NetworkID = n.hostID
	for _, s := range n.subnets {
		if s.Prefix.Addr().Is4() {
			nic.Attachment.IPv4Bits, nic.Attachment.IPv4Gateway = s.Prefix.Bits(), s.Gateway
			nic.IPv4 = cmp.Or(nic.IPv4, pick(s, number))
			continue
		}
		nic.Attachment.IPv6Bits, nic.Attachment.IPv6Gateway = s.Prefix.Bits(), s.Gateway
		nic.IPv6 = cmp.Or(nic.IPv6, pick(s, number))
	}
	if nic.MAC == "" {
		b := cmp.Or(nic.IPv4, nic.IPv6).AsSlice()
		nic.MAC = net.HardwareAddr(append([]byte{0x02, 0x42}, b[len(b)-4:]...)).String()
	}
	return nic
}

// pick chooses an address of a subnet for an instance of a number.
func pick(s driver.Subnet, number int) netip.Addr {
	from := s.Prefix
	if s.Range.IsValid() {
		from = s.Range
	}
	addr := from.Addr().Next()
	for range number {
		if next := addr.Next(); from.Contains(next) && next != s.Gateway {
			addr = next
		}
	}
	return addr
}
