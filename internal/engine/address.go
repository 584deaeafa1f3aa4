package engine

import (
	"context"
	"net/netip"

	"github.com/docker/docker/api/types/network"

	"github.com/dockerhv/dockerhv/driver"
)

// keptOption marks an address that was asked for to stay, and not by a spec. No
// network driver knows it.
const keptOption = LabelPrefix + "kept"

// KeepAddress plugs a running container's NIC anew with the addresses that it had. If
// another has taken them, it keeps those that the engine gives.
func (e *Engine) KeepAddress(ctx context.Context, hostID string, was driver.NIC) error {
	err := e.replug(ctx, hostID, was.Network, func(s *network.EndpointSettings) {
		s.IPAMConfig = &network.EndpointIPAMConfig{IPv4Address: addressText(was.IPv4), IPv6Address: addressText(was.IPv6)}
		s.DriverOpts = map[string]string{keptOption: "1"}
	})
	if err == nil {
		return nil
	}
	// It is unplugged now.
	return e.done("plug nic of instance", hostID, e.cli.NetworkConnect(ctx, was.Network, hostID, &network.EndpointSettings{}))
}

// LeaveAddress lets a container at rest have any address again, where KeepAddress had
// asked for one, and tells whether that was so.
func (e *Engine) LeaveAddress(ctx context.Context, hostID string) (left bool) {
	c, err := e.cli.ContainerInspect(ctx, hostID)
	if err != nil || c.NetworkSettings == nil {
		return false
	}
	for name, settings := range c.NetworkSettings.Networks {
		if settings == nil || settings.DriverOpts[keptOption] == "" {
			continue
		}
		err := e.replug(ctx, hostID, name, func(s *network.EndpointSettings) { s.IPAMConfig, s.DriverOpts = nil, nil })
		left = left || err == nil
	}
	return left
}

// replug unplugs a NIC and plugs it again with other settings.
func (e *Engine) replug(ctx context.Context, hostID, name string, change func(*network.EndpointSettings)) error {
	c, err := e.cli.ContainerInspect(ctx, hostID)
	if err != nil {
		return e.fail("inspect instance", hostID, err)
	}
	settings := &network.EndpointSettings{}
	if old := c.NetworkSettings.Networks[name]; old != nil {
		settings.Aliases, settings.Links, settings.MacAddress = old.Aliases, old.Links, c.Config.MacAddress //nolint:staticcheck // the spec's, if any
	}
	change(settings)
	if err := e.cli.NetworkDisconnect(ctx, name, hostID, false); err != nil {
		return e.fail("unplug nic of instance", hostID, err)
	}
	return e.done("plug nic of instance", hostID, e.cli.NetworkConnect(ctx, name, hostID, settings))
}

// addressText is an address as the engine takes it.
func addressText(a netip.Addr) string {
	if !a.IsValid() {
		return ""
	}
	return a.String()
}
