package driver

import "net/netip"

// DNS is how an instance finds others by name. The zero value is the host's own
// way; a network of one's own has a resolver for its instances besides.
type DNS struct {
	// Servers are asked in place of the host's, as IP addresses.
	Servers []netip.Addr `json:"servers,omitempty"`
	// Search are the domains that complete a short name.
	Search []string `json:"search,omitempty"`
	// Options are the resolver's, such as "ndots:2".
	Options []string `json:"options,omitempty"`
	// Hosts are names that the instance knows without asking.
	Hosts []HostEntry `json:"hosts,omitempty"`
}

// HostGateway is the address of a HostEntry that stands for the host itself.
const HostGateway = "host-gateway"

// HostEntry is a name and its address.
type HostEntry struct {
	Name string `json:"name"`
	// Address is an IP address, or HostGateway.
	Address string `json:"address"`
}

func (d DNS) isZero() bool {
	return len(d.Servers) == 0 && len(d.Search) == 0 && len(d.Options) == 0 && len(d.Hosts) == 0
}
