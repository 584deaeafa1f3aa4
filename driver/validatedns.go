package driver

import (
	"net/netip"
	"regexp"
	"slices"
)

var (
	domainPattern   = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9_.-]{0,251}[A-Za-z0-9])?$`)
	resolverPattern = regexp.MustCompile(`^[a-z0-9-]+(:\d+)?$`)
)

// validateSharing refuses what an instance can't have that has another's network.
func validateSharing(s Spec) error {
	switch {
	case s.NetworkOf == "":
		return nil
	case !idPattern.MatchString(s.NetworkOf) || s.NetworkOf == s.ID:
		return field("networkOf", "%q is no ID of another instance", s.NetworkOf)
	case len(s.NICs) > 0 || len(s.Ports) > 0:
		return field("networkOf", "goes with no nics and no ports of one's own; they are the holder's")
	case s.Hostname != "" || s.Domain != "" || !s.DNS.isZero():
		return field("networkOf", "goes with no hostname, domain and dns of one's own; they are the holder's")
	}
	return nil
}

func validateDNS(d DNS) error {
	switch {
	case slices.ContainsFunc(d.Servers, func(a netip.Addr) bool { return !a.IsValid() || a.Zone() != "" }):
		return field("dns.servers", "%v are not all addresses without a zone", d.Servers)
	case slices.ContainsFunc(d.Search, func(name string) bool { return name != "." && !domainPattern.MatchString(name) }):
		return field("dns.search", "%q are not all domains", d.Search)
	case slices.ContainsFunc(d.Options, func(o string) bool { return !resolverPattern.MatchString(o) }):
		return field("dns.options", "%q are not all options of a resolver, such as ndots:2", d.Options)
	}
	for _, h := range d.Hosts {
		addr, err := netip.ParseAddr(h.Address)
		if !domainPattern.MatchString(h.Name) || h.Address != HostGateway && (err != nil || addr.Zone() != "") {
			return field("dns.hosts", "%q at %q is no name with an address", h.Name, h.Address)
		}
	}
	return nil
}
