package driver

import (
	"fmt"
	"net"
	"net/netip"
	"regexp"
	"slices"
)

var interfacePattern = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_.-]{0,14}$`)

func validateNICs(nics []NIC) error {
	interfaces := make(map[string]bool, len(nics))
	for i, nic := range nics {
		at := fmt.Sprintf("nics[%d]", i)
		if err := validateNIC(at, nic); err != nil {
			return err
		}
		if nic.Interface != "" && interfaces[nic.Interface] {
			return field(at+".interface", "%q is there twice", nic.Interface)
		}
		interfaces[nic.Interface] = true
	}
	return nil
}

// ValidateNIC tells whether a NIC can be plugged into an instance that exists, as
// Validate does for those of a spec.
func ValidateNIC(nic NIC) error {
	if nic.special() {
		return field("nic.network", "the network %q goes with no other", nic.Network)
	}
	return validateNIC("nic", nic)
}

func validateNIC(at string, nic NIC) error {
	if err := validateAddresses(at, nic); err != nil {
		return err
	}
	return validateEndpoint(at, nic)
}

func validateAddresses(at string, nic NIC) error {
	fixed := nic.IPv4.IsValid() || nic.IPv6.IsValid() || len(nic.LinkLocal) > 0
	mac, macErr := net.ParseMAC(nic.MAC)
	switch {
	case !exact(nic.Network):
		return field(at+".network", "%q is no UTF-8 or has a NUL", nic.Network)
	case nic.MAC != "" && (macErr != nil || len(mac) != 6 || mac[0]&1 != 0):
		return field(at+".mac", "%q is no unicast Ethernet address", nic.MAC)
	case nic.IPv4.IsValid() && !nic.IPv4.Is4():
		return field(at+".ipv4", "%v is no IPv4 address", nic.IPv4)
	case nic.IPv6.IsValid() && !isIPv6(nic.IPv6):
		return field(at+".ipv6", "%v is no IPv6 address", nic.IPv6)
	case slices.ContainsFunc(nic.LinkLocal, func(a netip.Addr) bool { return !a.IsLinkLocalUnicast() || a.Zone() != "" }):
		return field(at+".linkLocal", "%v are not all link-local addresses without a zone", nic.LinkLocal)
	case fixed && nic.builtin():
		return field(at, "a fixed IP address needs a network of one's own, not the engine's built-in %q", nic.Network)
	case nic.MAC != "" && nic.special():
		return field(at+".mac", "the network %q has no interface to give it to", nic.Network)
	}
	return nil
}

func isIPv6(a netip.Addr) bool { return a.Is6() && !a.Is4In6() && a.Zone() == "" }

// optionInterface is the engine's option behind NIC.Interface.
const optionInterface = "com.docker.network.endpoint.ifname"

func validateEndpoint(at string, nic NIC) error {
	switch {
	case nic.Attachment != (Attachment{}):
		return field(at+".attachment", "is the host's word, not a wish")
	case len(nic.Aliases) > 0 && nic.builtin():
		return field(at+".aliases", "need a network of one's own, not the engine's built-in %q", nic.Network)
	case slices.ContainsFunc(nic.Aliases, func(name string) bool { return !domainPattern.MatchString(name) }):
		return field(at+".aliases", "%q are not all host names", nic.Aliases)
	case nic.Interface != "" && !interfacePattern.MatchString(nic.Interface):
		return field(at+".interface", "%q is no name of an interface", nic.Interface)
	case nic.special() && (nic.Interface != "" || nic.GatewayPriority != 0 || len(nic.Options) > 0):
		return field(at, "the network %q has no interface of the instance's own", nic.Network)
	}
	return validateOptions(at+".options", nic.Options, map[string]string{optionInterface: "interface"})
}

// validateOptions refuses options that have a field of their own.
func validateOptions(at string, options, fields map[string]string) error {
	for name, value := range options {
		switch {
		case name == "" || !exact(name) || !exact(value):
			return field(at, "%q is empty, no UTF-8 or has a NUL", name)
		case fields[name] != "":
			return field(at, "%q is the field %s", name, fields[name])
		}
	}
	return nil
}
