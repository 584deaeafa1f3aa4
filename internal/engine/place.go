package engine

import (
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/network"

	"github.com/dockerhv/dockerhv/driver"
)

// Place is where on the host's networks an instance is. The zero value is the
// engine's default network.
type Place struct {
	// NICs are on networks by the engine's names.
	NICs []NIC
	// Holder is the container whose network the instance has, in place of NICs.
	Holder string
}

// putInto tells the engine of the place, and returns the part of the request that the
// client wants apart: the NICs that the engine takes at once. The others are plugged.
func (e *Engine) putInto(p Place, config *container.Config, host *container.HostConfig) *network.NetworkingConfig {
	switch {
	case p.Holder != "":
		host.NetworkMode = container.NetworkMode("container:" + p.Holder)
		return nil
	case len(p.NICs) == 0:
		host.NetworkMode = network.NetworkBridge // "default" is another one on some engines
		return nil
	}
	host.NetworkMode = container.NetworkMode(p.NICs[0].hostName())
	taken := p.NICs
	if !e.TakesAllNICs() {
		taken = taken[:1]
	}
	endpoints := make(map[string]*network.EndpointSettings, len(taken))
	for _, nic := range taken {
		endpoints[nic.hostName()] = endpointSettings(nic)
	}
	if !e.PerNICMAC() {
		first := endpoints[p.NICs[0].hostName()]
		first.MacAddress, config.MacAddress = "", first.MacAddress //nolint:staticcheck // needed before API 1.44
	}
	return &network.NetworkingConfig{EndpointsConfig: endpoints}
}

// putDNS tells the engine how the instance finds others.
func putDNS(d driver.DNS, host *container.HostConfig) {
	for _, server := range d.Servers {
		host.DNS = append(host.DNS, server.String())
	}
	host.DNSSearch, host.DNSOptions = d.Search, d.Options
	for _, h := range d.Hosts {
		host.ExtraHosts = append(host.ExtraHosts, h.Name+":"+h.Address)
	}
}
