package docker

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/internal/engine"
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
			return d.needs(at+".mac", "25 (API 1.44) for each NIC but the first")
		}
		if err := d.validateNIC(at, nic); err != nil {
			return err
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
	if len(before.NICs) != 1 || before.Address() == (netip.Addr{}) || builtin(before.NICs[0].Network) {
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

// validateNIC refuses what this engine would drop without a word.
func (d *Driver) validateNIC(at string, nic driver.NIC) error {
	switch {
	case nic.Interface != "" && !d.engine.NamesInterfaces():
		return d.needs(at+".interface", "28 (API 1.48)")
	case nic.GatewayPriority != 0 && !d.engine.NamesInterfaces():
		return d.needs(at+".gatewayPriority", "28 (API 1.48)")
	}
	for name := range nic.Options {
		if strings.HasPrefix(name, engine.LabelPrefix) {
			return &dockerhv.FieldError{Field: at + ".options", Reason: fmt.Sprintf("%q begins with the driver's own %q", name, engine.LabelPrefix)}
		}
		if name == optionSysctls && !d.engine.TakesEndpointSysctls() {
			return d.needs(at+".options", "27 (API 1.46) for "+name)
		}
	}
	return nil
}

// optionSysctls sets the kernel's parameters of an interface.
const optionSysctls = "com.docker.network.endpoint.sysctls"

// needs is the refusal of an option that this engine is too old for.
func (d *Driver) needs(option, version string) error {
	host := d.host.Load()
	return &dockerhv.Error{
		Op: "honour " + option, Class: errors.ErrUnsupported,
		Err:  fmt.Errorf("engine %s with API %s can't; it needs Engine %s", host.Version, host.APIVersion, version),
		Next: "leave it out or upgrade the engine",
	}
}

// plugFurther connects an instance that was never started to the networks that the
// engine did not take at its creation, as far as it is not: a call before may have
// been cut off in between. One that can't be connected is taken back. A NIC that was
// unplugged from it meanwhile looks the same, and comes back.
func (d *Driver) plugFurther(ctx context.Context, i driver.Instance, nics []engine.NIC) error {
	if len(nics) < 2 || i.State != driver.Created || d.engine.TakesAllNICs() {
		return nil
	}
	for _, nic := range nics[1:] {
		if isOn(i.NICs, nic.Network) {
			continue
		}
		if err := d.engine.PlugNIC(ctx, i.HostID, nic); err != nil {
			return d.takeBack(ctx, i.HostID, err)
		}
	}
	return nil
}

// isOn tells whether one of the NICs is on a network.
func isOn(nics []driver.NIC, network string) bool {
	return slices.ContainsFunc(nics, func(n driver.NIC) bool { return cmp.Or(n.Network, bridge) == cmp.Or(network, bridge) })
}
