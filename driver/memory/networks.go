package memory

import (
	"cmp"
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

// network is a network on the host. The host's lock guards it.
type network struct {
	spec    driver.NetworkSpec
	hostID  string
	created time.Time
	subnets []driver.Subnet
}

// CreateNetwork makes the network of a spec exist.
func (d *Driver) CreateNetwork(ctx context.Context, spec driver.NetworkSpec) (created driver.Network, err error) {
	err = d.call(ctx, "create network", spec.ID, func() error {
		if err := driver.ValidateNetwork(spec); err != nil {
			return err
		}
		created, err = d.createNetwork(copyNetworkSpec(spec))
		return err
	})
	if err != nil {
		return driver.Network{}, err
	}
	return created, nil
}

func (d *Driver) createNetwork(spec driver.NetworkSpec) (driver.Network, error) {
	h := d.host
	h.mu.Lock()
	defer h.mu.Unlock()
	k := key{d.owner, spec.ID}
	if n, ok := h.networks[k]; ok {
		if n.spec.Hash() != spec.Hash() {
			return driver.Network{}, refuse(dockerhv.ErrExists, "destroy that network first or use another ID", "the ID is in use with another spec")
		}
		return n.report(k.owner), nil
	}
	for _, other := range h.networks {
		if slices.ContainsFunc(other.subnets, func(s driver.Subnet) bool { return overlaps(spec.Subnets, s) }) {
			return driver.Network{}, refuse(dockerhv.ErrConflict, "choose other subnets", "a subnet is in use by another network")
		}
	}
	h.made++
	n := &network{spec: spec, hostID: fmt.Sprintf("memory-network-%06d", h.made), created: h.now(), subnets: slices.Clone(spec.Subnets)}
	if len(n.subnets) == 0 {
		n.subnets = []driver.Subnet{{Prefix: netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 64, byte(h.made), 0}), 24)}}
	}
	for i := range n.subnets {
		if s := &n.subnets[i]; !s.Gateway.IsValid() {
			s.Gateway = s.Prefix.Addr().Next()
		}
	}
	h.networks[k] = n
	return n.report(k.owner), nil
}

func overlaps(subnets []driver.Subnet, s driver.Subnet) bool {
	return slices.ContainsFunc(subnets, func(o driver.Subnet) bool { return o.Prefix.Overlaps(s.Prefix) })
}

// DestroyNetwork removes a network that no instance has a NIC on.
func (d *Driver) DestroyNetwork(ctx context.Context, id string) error {
	return d.call(ctx, "destroy network", id, func() error {
		h := d.host
		h.mu.Lock()
		defer h.mu.Unlock()
		var users []string
		for k, i := range h.instances {
			if k.owner == d.owner && slices.ContainsFunc(i.plugged, func(n driver.NIC) bool { return n.Network == id }) {
				users = append(users, k.id)
			}
		}
		if slices.Sort(users); len(users) > 0 {
			return refuse(dockerhv.ErrConflict, "unplug or destroy them first", "it is in use by the instances %s", strings.Join(users, ", "))
		}
		delete(h.networks, key{d.owner, id})
		return nil
	})
}

// Networks returns the owner's networks, ordered by ID.
func (d *Driver) Networks(ctx context.Context) (all []driver.Network, err error) {
	err = d.call(ctx, "list networks", "", func() error {
		d.host.mu.Lock()
		defer d.host.mu.Unlock()
		for k, n := range d.host.networks {
			if k.owner == d.owner {
				all = append(all, n.report(k.owner))
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(all, func(a, b driver.Network) int { return cmp.Compare(a.Spec.ID, b.Spec.ID) })
	return all, nil
}

// report is what is told of a network, the caller's to keep.
func (n *network) report(owner string) driver.Network {
	return driver.Network{
		Spec: copyNetworkSpec(n.spec), Owner: owner, HostID: n.hostID, Subnets: slices.Clone(n.subnets), Created: n.created,
	}
}
