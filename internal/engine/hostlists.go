package engine

import (
	"context"
	"maps"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/network"
	"github.com/docker/docker/api/types/registry"
	"github.com/docker/docker/api/types/system"
	"github.com/docker/docker/api/types/versions"

	"github.com/dockerhv/dockerhv/driver"
)

// lists fills in what the engine has several of. What it tells nothing of because it
// is too old stays nil.
func lists(host *driver.Host, info system.Info) {
	host.SecurityOptions = securityNames(info)
	host.Runtimes, host.DefaultRuntime = slices.Sorted(maps.Keys(info.Runtimes)), info.DefaultRuntime
	host.GPURuntimes = slices.DeleteFunc(slices.Clone(told(host.Runtimes)), func(name string) bool { return !givesGPUs(name) })
	host.LogDrivers = told(info.Plugins.Log)
	host.NetworkDrivers = told(info.Plugins.Network)
	host.VolumeDrivers = told(info.Plugins.Volume)
	host.AuthorizationPlugins = told(info.Plugins.Authorization)
	host.AddressPools = make([]driver.AddressPool, 0, len(info.DefaultAddressPools))
	for _, pool := range info.DefaultAddressPools {
		if base, err := netip.ParsePrefix(pool.Base); err == nil {
			host.AddressPools = append(host.AddressPools, driver.AddressPool{Base: base, Size: pool.Size})
		}
	}
	if info.RegistryConfig != nil {
		host.RegistryMirrors = make([]string, 0, len(info.RegistryConfig.Mirrors))
		for _, mirror := range info.RegistryConfig.Mirrors {
			host.RegistryMirrors = append(host.RegistryMirrors, withoutPassword(mirror))
		}
		host.InsecureRegistries = insecureRegistries(info.RegistryConfig)
	}
	// Engines tell of CDI since API 1.44, and of the devices that they found since 1.50.
	if !versions.LessThan(host.APIVersion, "1.44") {
		host.CDISpecDirs = told(info.CDISpecDirs)
	}
	if !versions.LessThan(host.APIVersion, "1.50") {
		host.Devices = make([]driver.HostDevice, 0, len(info.DiscoveredDevices))
		for _, d := range info.DiscoveredDevices {
			host.Devices = append(host.Devices, driver.HostDevice{Source: d.Source, ID: d.ID})
		}
	}
}

// insecureRegistries lists what is asked without TLS or without a look at a certificate,
// by name and by range, in order.
func insecureRegistries(config *registry.ServiceConfig) []string {
	found := make([]string, 0, len(config.InsecureRegistryCIDRs))
	for _, cidr := range config.InsecureRegistryCIDRs {
		if cidr != nil {
			found = append(found, cidr.String())
		}
	}
	for name, index := range config.IndexConfigs {
		if index != nil && !index.Secure {
			found = append(found, name)
		}
	}
	slices.Sort(found)
	return found
}

// told makes a list of nothing of one that JSON left out, for it was asked for.
func told(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

// givesGPUs tells whether a runtime's name says that it gives GPUs to instances; there
// is no other sign of it.
func givesGPUs(runtime string) bool {
	return slices.ContainsFunc([]string{"nvidia", "amd", "rocm", "habana", "gpu"}, func(maker string) bool {
		return strings.Contains(runtime, maker)
	})
}

// withoutPassword returns a URL without who it is asked as.
func withoutPassword(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return "unreadable"
	}
	u.User = nil
	return u.String()
}

// bridge returns the addresses of the default network; an engine can be without, and
// a plugin of authorization can keep it to itself.
func (e *Engine) bridge(ctx context.Context) ([]netip.Prefix, error) {
	inspected, err := e.cli.NetworkInspect(ctx, network.NetworkBridge, network.InspectOptions{})
	addresses := []netip.Prefix{}
	switch {
	case errdefs.IsNotFound(err):
		return addresses, nil
	case errdefs.IsPermissionDenied(err), errdefs.IsUnauthorized(err):
		return nil, nil
	case err != nil:
		return nil, err
	}
	for _, config := range inspected.IPAM.Config {
		subnet, err := netip.ParsePrefix(config.Subnet)
		if err != nil {
			continue
		}
		if gateway, err := netip.ParseAddr(config.Gateway); err == nil {
			subnet = netip.PrefixFrom(gateway, subnet.Bits())
		}
		addresses = append(addresses, subnet)
	}
	return addresses, nil
}
