package docker

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

// bridge is what the engine calls its default network.
const bridge = "bridge"

// validateNICs adds what an engine can't do with several NICs.
func (d *Driver) validateNICs(nics []driver.NIC) error {
	seen := make(map[string]bool, len(nics))
	for i, nic := range nics {
		at := fmt.Sprintf("nics[%d]", i)
		name := cmp.Or(nic.Network, bridge)
		switch {
		case len(nics) > 1 && (name == "host" || name == "none"):
			return &dockerhv.FieldError{Field: at, Reason: fmt.Sprintf("the network %q goes with no other", name)}
		case seen[name]:
			return &dockerhv.FieldError{Field: at, Reason: fmt.Sprintf("the network %q is there twice", name)}
		case i > 0 && nic.MAC != "" && !d.engine.PerNICMAC():
			return &dockerhv.Error{
				Op: "honour " + at + ".mac", Class: errors.ErrUnsupported,
				Err:  fmt.Errorf("API %s takes a MAC address for the first NIC only", d.host.Load().APIVersion),
				Next: "leave it out or upgrade to Docker Engine 25 or newer",
			}
		}
		seen[name] = true
	}
	return nil
}

// keepAddress asks for the address that an instance had before its restart, where the
// engine has given it another one: it takes the first that is free. Only one's own
// networks take such a wish. With several NICs none is unplugged for it, for a call
// that is cut off in between would leave it so; the only one an engine plugs again by
// itself when it starts the container.
func (d *Driver) keepAddress(ctx context.Context, before driver.Instance) error {
	if len(before.NICs) != 1 || before.Address() == (netip.Addr{}) || before.NICs[0].Network == bridge {
		return nil
	}
	after, err := d.engine.Inspect(ctx, before.HostID)
	if err != nil || len(after.NICs) != 1 || !after.State.Active() {
		return err
	}
	was, is := before.NICs[0], after.NICs[0]
	if was.IPv4 == is.IPv4 && was.IPv6 == is.IPv6 {
		return nil
	}
	return d.engine.KeepAddress(ctx, before.HostID, was)
}

// plugFurther connects an instance that is at rest to the networks after the first,
// as far as it is not: a call before may have been cut off in between. One that was
// just created and can't be connected is taken back.
func (d *Driver) plugFurther(ctx context.Context, i driver.Instance, spec driver.Spec) error {
	if len(spec.NICs) < 2 || i.State != driver.Created {
		return nil
	}
	for _, nic := range spec.NICs[1:] {
		plugged := slices.ContainsFunc(i.NICs, func(n driver.NIC) bool { return n.Network == cmp.Or(nic.Network, bridge) })
		if plugged {
			continue
		}
		if err := d.engine.PlugNIC(ctx, i.HostID, nic); err != nil {
			return d.takeBack(ctx, i.HostID, err)
		}
	}
	return nil
}
