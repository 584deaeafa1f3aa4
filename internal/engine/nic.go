package engine

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"slices"

	"github.com/docker/docker/api/types/network"

	"github.com/dockerhv/dockerhv/driver"
)

// NIC is a NIC with what the engine calls its network.
type NIC struct {
	driver.NIC
	// HostName is the engine's name of the network; empty means the bridge.
	HostName string
	// HostID is the engine's ID of the network, once the container was started on it.
	HostID string
	// Attached is false at rest, and for what a failed call of an engine before 25 leaves.
	Attached bool
	// Of is the network's spec, if it is one that this module made.
	Of *driver.NetworkSpec
}

// The options of an endpoint that keep what was asked for, as a container's labels
// keep its spec: no network driver knows them. What hot plug does is told from them
// alone, and a network that is missing is made again.
const (
	optionNIC     = LabelPrefix + "nic"
	optionNetwork = LabelPrefix + "network"
)

// optionInterface is the engine's option of an interface's name.
const optionInterface = "com.docker.network.endpoint.ifname"

// PerNICMAC tells whether the engine takes a MAC address for each NIC of a container
// that it creates. Older ones take one for the container, which is the first NIC's.
// None takes one for a NIC that is plugged later: it is dropped without a word.
func (e *Engine) PerNICMAC() bool { return !e.apiBefore("1.44") }

// TakesAllNICs tells whether the engine takes all NICs of a container when it creates
// it. Older ones take the first.
func (e *Engine) TakesAllNICs() bool { return !e.apiBefore("1.44") }

// NamesInterfaces tells whether the engine honours NIC.Interface and
// NIC.GatewayPriority. Older ones drop them without a word.
func (e *Engine) NamesInterfaces() bool { return !e.apiBefore("1.48") }

// TakesEndpointSysctls tells whether the engine honours the option of that name.
func (e *Engine) TakesEndpointSysctls() bool { return !e.apiBefore("1.46") }

// PlugNIC connects a container to a network.
func (e *Engine) PlugNIC(ctx context.Context, hostID string, nic NIC) error {
	return e.done(opPlug, hostID, e.cli.NetworkConnect(ctx, nic.hostName(), hostID, endpointSettings(nic)))
}

// UnplugNIC disconnects a container from a network, by the engine's name, also where
// the network is gone.
func (e *Engine) UnplugNIC(ctx context.Context, hostID, network string) error {
	return e.done("unplug nic of instance", hostID, e.cli.NetworkDisconnect(ctx, network, hostID, true))
}

func (n NIC) hostName() string { return cmp.Or(n.HostName, network.NetworkBridge) }

// endpointSettings is what the engine is told of a NIC.
func endpointSettings(nic NIC) *network.EndpointSettings {
	settings := &network.EndpointSettings{
		MacAddress: nic.MAC, Aliases: nic.Aliases, GwPriority: nic.GatewayPriority, DriverOpts: endpointOptions(nic),
	}
	if !nic.IPv4.IsValid() && !nic.IPv6.IsValid() && len(nic.LinkLocal) == 0 {
		return settings
	}
	settings.IPAMConfig = &network.EndpointIPAMConfig{}
	if nic.IPv4.IsValid() {
		settings.IPAMConfig.IPv4Address = nic.IPv4.String()
	}
	if nic.IPv6.IsValid() {
		settings.IPAMConfig.IPv6Address = nic.IPv6.String()
	}
	for _, addr := range nic.LinkLocal {
		settings.IPAMConfig.LinkLocalIPs = append(settings.IPAMConfig.LinkLocalIPs, addr.String())
	}
	return settings
}

// endpointOptions are the NIC's own and those that keep what was asked for. There are
// none where all is the engine's choice.
func endpointOptions(nic NIC) map[string]string {
	options := maps.Clone(nic.Options)
	set := func(name, value string) {
		if options == nil {
			options = make(map[string]string)
		}
		options[name] = value
	}
	if nic.Interface != "" {
		set(optionInterface, nic.Interface)
	}
	if asked := encode(nic.NIC); asked != encode(driver.NIC{Network: nic.Network}) {
		set(optionNIC, asked)
	}
	if nic.Of != nil {
		set(optionNetwork, encode(nic.Of))
	}
	return options
}

// encode writes what a label or an option keeps.
func encode(value any) string {
	data, err := json.Marshal(value)
	if err != nil {
		return "" // unreachable: plain data
	}
	return string(data)
}

// readNICs returns a container's NICs, ordered by network, with what is in force.
func readNICs(networks map[string]*network.EndpointSettings, owner string) []driver.NIC {
	var nics []driver.NIC
	for _, asked := range askedNICs(networks, owner) {
		nics = append(nics, inForce(asked.NIC, networks[asked.HostName]))
	}
	return nics
}

// askedNICs returns a container's NICs as they were asked for, ordered by network.
func askedNICs(networks map[string]*network.EndpointSettings, owner string) []NIC {
	var nics []NIC
	for name, settings := range networks {
		if settings != nil {
			nics = append(nics, askedNIC(name, settings, owner))
		}
	}
	slices.SortFunc(nics, func(a, b NIC) int { return cmp.Compare(a.Network, b.Network) })
	return nics
}

func askedNIC(name string, settings *network.EndpointSettings, owner string) NIC {
	nic := NIC{HostName: name, HostID: settings.NetworkID, Attached: settings.EndpointID != ""}
	_ = json.Unmarshal([]byte(settings.DriverOpts[optionNIC]), &nic.NIC) // none kept: all was the engine's choice
	var of driver.NetworkSpec
	if json.Unmarshal([]byte(settings.DriverOpts[optionNetwork]), &of) == nil {
		nic.Of = &of
	}
	nic.Network, _ = OwnName(name, owner)
	return nic
}

// inForce puts what the engine tells in the place of what was asked for.
func inForce(nic driver.NIC, settings *network.EndpointSettings) driver.NIC {
	nic.MAC = settings.MacAddress
	nic.IPv4, nic.IPv6 = parseAddr(settings.IPAddress), parseAddr(settings.GlobalIPv6Address)
	if settings.EndpointID == "" {
		return nic // at rest
	}
	nic.Attachment = driver.Attachment{
		NetworkID: settings.NetworkID,
		IPv4Bits:  settings.IPPrefixLen, IPv6Bits: settings.GlobalIPv6PrefixLen,
		IPv4Gateway: parseAddr(settings.Gateway), IPv6Gateway: parseAddr(settings.IPv6Gateway),
	}
	return nic
}
