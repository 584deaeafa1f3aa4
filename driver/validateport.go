package driver

import "fmt"

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
