package driver

import (
	"fmt"
	"net"
)

func validateNICs(nics []NIC) error {
	for i, nic := range nics {
		path := fmt.Sprintf("nics[%d]", i)
		fixed := nic.IPv4.IsValid() || nic.IPv6.IsValid()
		mac, macErr := net.ParseMAC(nic.MAC)
		switch {
		case !exact(nic.Network):
			return field(path+".network", "%q is no UTF-8 or has a NUL", nic.Network)
		case nic.MAC != "" && (macErr != nil || len(mac) != 6 || mac[0]&1 != 0):
			return field(path+".mac", "%q is no unicast Ethernet address", nic.MAC)
		case nic.IPv4.IsValid() && !nic.IPv4.Is4():
			return field(path+".ipv4", "%v is no IPv4 address", nic.IPv4)
		case nic.IPv6.IsValid() && (!nic.IPv6.Is6() || nic.IPv6.Is4In6() || nic.IPv6.Zone() != ""):
			return field(path+".ipv6", "%v is no IPv6 address", nic.IPv6)
		case fixed && nic.builtin():
			return field(path, "a fixed IP address needs a network of one's own, not the engine's built-in %q", nic.Network)
		case nic.MAC != "" && nic.special():
			return field(path+".mac", "the network %q has no interface to give it to", nic.Network)
		}
	}
	return nil
}

// builtin tells whether the network is one that every engine has.
func (n NIC) builtin() bool { return n.Network == "" || n.Network == "bridge" || n.special() }

// special tells whether the network gives the instance no interface of its own.
func (n NIC) special() bool { return n.Network == "none" || n.Network == "host" }

func validatePorts(s Spec) error {
	if len(s.Ports) > 0 && len(s.NICs) > 0 && s.NICs[0].special() {
		return field("ports", "the network %q publishes no ports", s.NICs[0].Network)
	}
	seen := make(map[Port]bool, len(s.Ports))
	for i, p := range s.Ports {
		at := fmt.Sprintf("ports[%d]", i)
		if err := validatePort(at, p); err != nil {
			return err
		}
		for _, one := range p.Each() {
			host := Port{HostIP: one.HostIP, HostPort: one.HostPort, Protocol: one.Protocol}
			if seen[host] && host.HostPort != 0 && p.HostPortEnd == 0 {
				return field(at, "the host's port %s is there twice", host.hostSide())
			}
			seen[host] = true
		}
	}
	return nil
}

func validatePort(at string, p Port) error {
	switch p.Protocol {
	case "", TCP, UDP, SCTP:
	default:
		return field(at+".protocol", "%q is refused; use tcp, udp or sctp", p.Protocol)
	}
	switch {
	case p.Port == 0:
		return field(at+".port", "is 0; say which port of the instance to publish")
	case p.PortEnd != 0 && p.PortEnd < p.Port:
		return field(at+".portEnd", "%d is below the range's beginning", p.PortEnd)
	case p.HostPortEnd != 0 && (p.HostPort == 0 || p.HostPortEnd < p.HostPort):
		return field(at+".hostPortEnd", "%d ends no range; it goes with a smaller hostPort", p.HostPortEnd)
	case p.HostPortEnd != 0 && p.PortEnd != 0:
		return field(at+".hostPortEnd", "goes with one port of the instance; leave it out to publish a range on as many ports")
	case p.PortEnd != 0 && int(p.HostPort)+int(p.PortEnd-p.Port) > 65535:
		return field(at+".hostPort", "%d leaves too few ports for the range", p.HostPort)
	}
	return nil
}
