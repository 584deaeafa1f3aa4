package engine

import (
	"context"

	"github.com/docker/docker/api/types/network"

	"github.com/dockerhv/dockerhv/driver"
)

// PerNICMAC tells whether the engine takes a MAC address for each NIC. Older ones
// take one for the container, which is the first NIC's.
func (e *Engine) PerNICMAC() bool { return !e.apiBefore("1.44") }

// PlugNIC connects a container to a network.
func (e *Engine) PlugNIC(ctx context.Context, hostID string, nic driver.NIC) error {
	name := nic.Network
	if name == "" {
		name = network.NetworkBridge
	}
	return e.done("plug nic of instance", hostID, e.cli.NetworkConnect(ctx, name, hostID, endpointSettings(nic)))
}

// endpointSettings is what the engine is told of a NIC.
func endpointSettings(nic driver.NIC) *network.EndpointSettings {
	settings := &network.EndpointSettings{MacAddress: nic.MAC}
	if nic.IPv4.IsValid() || nic.IPv6.IsValid() {
		settings.IPAMConfig = &network.EndpointIPAMConfig{}
	}
	if nic.IPv4.IsValid() {
		settings.IPAMConfig.IPv4Address = nic.IPv4.String()
	}
	if nic.IPv6.IsValid() {
		settings.IPAMConfig.IPv6Address = nic.IPv6.String()
	}
	return settings
}
