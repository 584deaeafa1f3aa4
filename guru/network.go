package guru

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

// NetworkNamer names the host's network of a NIC; "" is the host's default. It is where
// an orchestrator says how its networks are called on its hosts. It must be pure. What
// it can't name it refuses, with a *dockerhv.FieldError for a field of the NIC.
type NetworkNamer func(nic NIC) (string, error)

// NetworkName names the host's network of a NIC: its Network if it has one, else by
// the wire of BroadcastURI, or IsolationURI without one:
//
//	vlan://1577      vlan-1577     1 to 4094
//	vxlan://70000    vxlan-70000   to 16777215
//	vlan://untagged  ""            the host's default
//
// else NetworkID, or else "".
func NetworkName(nic NIC) (string, error) {
	if nic.Network != "" {
		return nic.Network, nil
	}
	broadcast, err := wire("broadcastURI", nic.BroadcastURI)
	if err != nil {
		return "", err
	}
	isolation, err := wire("isolationURI", nic.IsolationURI)
	if err != nil {
		return "", err
	}
	if nic.BroadcastURI != "" && nic.IsolationURI != "" && broadcast != isolation {
		return "", &dockerhv.FieldError{Field: "isolationURI", Reason: fmt.Sprintf("%q contradicts the broadcastURI %q", nic.IsolationURI, nic.BroadcastURI)}
	}
	if nic.BroadcastURI != "" || nic.IsolationURI != "" {
		return cmp.Or(broadcast, isolation), nil
	}
	return nic.NetworkID, nil
}

// wire names the network of a URI of the cloud (CloudStack's BroadcastDomainType).
func wire(path, uri string) (string, error) {
	if uri == "" {
		return "", nil
	}
	refuse := func(reason string) (string, error) {
		return "", &dockerhv.FieldError{Field: path, Reason: fmt.Sprintf("%q %s", uri, reason)}
	}
	parsed, err := url.Parse(uri)
	if err != nil || parsed.Host == "" || parsed.Path+parsed.RawQuery+parsed.Fragment != "" || parsed.User != nil {
		return refuse("is no URI such as vlan://1577")
	}
	most := 4094
	switch parsed.Scheme {
	case "vlan":
	case "vxlan":
		most = 1<<24 - 1
	default:
		return refuse("is neither a VLAN nor a VXLAN; give the network, or a NetworkNamer that knows it")
	}
	if parsed.Scheme == "vlan" && strings.EqualFold(parsed.Host, "untagged") {
		return "", nil
	}
	id, err := strconv.Atoi(parsed.Host)
	if err != nil || id < 1 || id > most {
		return refuse(fmt.Sprintf("has no number from 1 to %d", most))
	}
	return fmt.Sprintf("%s-%d", parsed.Scheme, id), nil
}

// connect maps the NICs.
func (d *draft) connect() {
	d.nics = d.order()
	d.parsed = make([]addresses, len(d.nics))
	taken := make(map[string]bool)
	for _, i := range d.nics {
		path, nic := element("nics", i)+".", d.profile.NICs[i]
		d.parsed[i] = d.addresses(path, nic)
		mapped := d.nic(path, nic, d.parsed[i])
		d.spec.NICs = append(d.spec.NICs, mapped)
		d.own(path+"mac", mapped.MAC, taken)
		d.own(path+"ipv4", mapped.IPv4.String(), taken)
		d.own(path+"ipv6", mapped.IPv6.String(), taken)
	}
	d.prefer()
	d.spec.DNS.Servers = d.nameServers()
}

// gatewaySince is the API version that lets a NIC have the default route, of Engine 28.
const gatewaySince = 48

// prefer gives the default NIC the default route, where it is known that the engine can.
// On an older one the engine chooses, and being first is all that there is.
func (d *draft) prefer() {
	if len(d.nics) > 1 && d.profile.NICs[d.nics[0]].Default && minor(d.profile.Host.APIVersion) >= gatewaySince {
		d.spec.NICs[0].GatewayPriority = 1
	}
}

// minor is the second part of an API version such as "1.48"; 0 if it is not known.
func minor(version string) int {
	number, _ := strings.CutPrefix(version, "1.")
	n, err := strconv.Atoi(number)
	if err != nil {
		return 0
	}
	return n
}

// nameServers are those of all NICs, each once, the default NIC's first.
func (d *draft) nameServers() []netip.Addr {
	var servers []netip.Addr
	for _, i := range d.nics {
		for _, server := range d.parsed[i].dns {
			if server.IsValid() && !slices.Contains(servers, server) {
				servers = append(servers, server)
			}
		}
	}
	return servers
}

// own refuses an address that another NIC of the instance has already.
func (d *draft) own(path, address string, taken map[string]bool) {
	if address == "" || address == (netip.Addr{}).String() {
		return
	}
	if taken[address] {
		d.invalid(path, "%s is another NIC's already", address)
	}
	taken[address] = true
}

// order is that of the NICs in the spec, by their indexes in the profile: the default
// one first, which a driver gives the instance first, the others by their device IDs,
// if there are any.
func (d *draft) order() []int {
	nics := d.profile.NICs
	order := make([]int, len(nics))
	seen, hasDefault := make(map[int]bool), false
	ordered := slices.ContainsFunc(nics, func(n NIC) bool { return n.DeviceID != 0 })
	for i, nic := range nics {
		order[i] = i
		path := element("nics", i) + "."
		if nic.Default && hasDefault {
			d.invalid(path+"default", "another NIC is the default already")
		}
		switch {
		case nic.DeviceID < 0:
			d.invalid(path+"deviceID", "%d is negative", nic.DeviceID)
		case ordered && seen[nic.DeviceID]:
			d.invalid(path+"deviceID", "%d is there twice", nic.DeviceID)
		}
		seen[nic.DeviceID], hasDefault = true, hasDefault || nic.Default
	}
	rank := func(i int) int { // the default before all others
		if nics[i].Default {
			return -1
		}
		return max(0, nics[i].DeviceID)
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(rank(a), rank(b)) })
	return order
}

// nic maps one NIC. What only the seed's network-config can tell is left to it.
func (d *draft) nic(path string, nic NIC, a addresses) driver.NIC {
	name := d.guru.Networks
	if name == nil {
		name = NetworkName
	}
	network, err := name(nic)
	if err != nil {
		d.misnamed(path, err)
	}
	d.refuseExtras(path, nic)
	return driver.NIC{Network: network, MAC: normalMAC(nic.MAC), IPv4: a.ipv4, IPv6: a.ipv6}
}

// normalMAC is one spelling, so that equal profiles have equal specs.
func normalMAC(mac string) string { return strings.ToLower(strings.ReplaceAll(mac, "-", ":")) }

// misnamed adds the fault that a namer found.
func (d *draft) misnamed(path string, err error) {
	if field, ok := errors.AsType[*dockerhv.FieldError](err); ok {
		d.invalid(path+field.Field, "%s", field.Reason)
		return
	}
	d.invalid(path+"network", "%v", err)
}

// refuseExtras refuses what no engine does for a NIC.
func (d *draft) refuseExtras(path string, nic NIC) {
	switch {
	case nic.RateMbps < 0:
		d.invalid(path+"rateMbps", "%d is negative; use 0 for no bound", nic.RateMbps)
	case nic.RateMbps > 0:
		d.unsupported(path+"rateMbps", "engines don't bound a NIC's throughput")
	}
	if nic.SecurityGroup {
		d.unsupported(path+"securityGroup", "engines have no rules of who may connect")
	}
	if len(nic.SecondaryIPs) > 0 {
		d.unsupported(path+"secondaryIPs", "engines give a NIC one address of each family")
	}
}
