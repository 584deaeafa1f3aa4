package engine

import (
	"context"
	"maps"
	"net/netip"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/network"

	"github.com/dockerhv/dockerhv/driver"
)

// keptOption marks an address that was asked for to stay, and not by a spec. No
// network driver knows it.
const keptOption = LabelPrefix + "kept"

// KeepAddress plugs the only NIC of a container that runs anew, with the addresses that
// it had. If another has taken them, it keeps those that the engine gives.
func (e *Engine) KeepAddress(ctx context.Context, hostID string, was driver.NIC) error {
	c, err := e.inspect(ctx, hostID)
	if err != nil {
		return err
	}
	for name, old := range c.NetworkSettings.Networks {
		kept := settingsOf(c, old)
		kept.IPAMConfig.IPv4Address, kept.IPAMConfig.IPv6Address = addressText(was.IPv4), addressText(was.IPv6)
		kept.DriverOpts[keptOption] = "1"
		if err := e.replug(ctx, hostID, name, kept); err == nil {
			continue
		}
		if err := e.cli.NetworkConnect(ctx, name, hostID, settingsOf(c, old)); err != nil {
			return e.fail(opPlug, hostID, err)
		}
	}
	return nil
}

// LeaveAddress lets a container at rest have any address again, where KeepAddress had
// asked for one, and tells whether that was so.
func (e *Engine) LeaveAddress(ctx context.Context, hostID string) (left bool) {
	c, err := e.inspect(ctx, hostID)
	if err != nil || c.NetworkSettings == nil {
		return false
	}
	for name, settings := range c.NetworkSettings.Networks {
		if settings == nil || settings.DriverOpts[keptOption] == "" {
			continue
		}
		free := settingsOf(c, settings)
		free.IPAMConfig.IPv4Address, free.IPAMConfig.IPv6Address = "", ""
		delete(free.DriverOpts, keptOption)
		left = e.replug(ctx, hostID, name, free) == nil || left
	}
	return left
}

// settingsOf is what the engine was told of a NIC, to be told again.
func settingsOf(c container.InspectResponse, old *network.EndpointSettings) *network.EndpointSettings {
	settings := &network.EndpointSettings{IPAMConfig: &network.EndpointIPAMConfig{}, DriverOpts: map[string]string{}}
	if old == nil {
		return settings
	}
	settings.Aliases, settings.Links, settings.GwPriority = old.Aliases, old.Links, old.GwPriority
	settings.MacAddress = c.Config.MacAddress //nolint:staticcheck // the spec's, if any
	if old.IPAMConfig != nil {
		*settings.IPAMConfig = *old.IPAMConfig
	}
	maps.Copy(settings.DriverOpts, old.DriverOpts)
	return settings
}

// replug unplugs a NIC and plugs it again with other settings.
func (e *Engine) replug(ctx context.Context, hostID, name string, settings *network.EndpointSettings) error {
	if err := e.cli.NetworkDisconnect(ctx, name, hostID, false); err != nil {
		return e.fail("unplug nic of instance", hostID, err)
	}
	return e.done(opPlug, hostID, e.cli.NetworkConnect(ctx, name, hostID, settings))
}

// addressText is an address as the engine takes it.
func addressText(a netip.Addr) string {
	if !a.IsValid() {
		return ""
	}
	return a.String()
}
