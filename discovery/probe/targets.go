package probe

import (
	"cmp"
	"fmt"
	"iter"
	"net/netip"
	"strconv"

	"github.com/dockerhv/dockerhv"
)

// targets are all that is asked.
func (d Discoverer) targets() ([]netip.AddrPort, error) {
	switch {
	case len(d.Prefixes) == 0:
		return nil, refuse("prefixes", "are empty; name the subnets to ask, such as 192.0.2.0/24")
	case d.AllowPlaintext && d.TLS != nil:
		return nil, refuse("allowPlaintext", "is set beside a TLS identity; choose one")
	}
	ports := d.Ports
	if len(ports) == 0 {
		ports = []uint16{DefaultPort}
	}
	limit := cmp.Or(d.Max, DefaultMax)
	var targets []netip.AddrPort
	for n, p := range d.Prefixes {
		if !p.IsValid() {
			return nil, refuse("prefixes["+strconv.Itoa(n)+"]", "is no subnet; write 192.0.2.0/24")
		}
		for a := range hosts(p) {
			for _, port := range ports {
				if len(targets) == limit {
					return nil, refuse("prefixes", fmt.Sprintf("are more than %d addresses and ports; name smaller ones, or set Max", limit))
				}
				targets = append(targets, netip.AddrPortFrom(a, port))
			}
		}
	}
	return targets, nil
}

func refuse(field, reason string) error {
	return &dockerhv.Error{Op: "probe for hosts", Err: &dockerhv.FieldError{Field: field, Reason: reason}}
}

// hosts yields the addresses of a subnet that can be a host's, in their order: of one of
// IPv4 neither the subnet's own nor that for all, which two or fewer addresses don't have
// (RFC 3021).
func hosts(p netip.Prefix) iter.Seq[netip.Addr] {
	return func(yield func(netip.Addr) bool) {
		p = p.Masked()
		narrow := p.Addr().Is6() || p.Addr().BitLen()-p.Bits() <= 1
		for a := p.Addr(); p.Contains(a); a = a.Next() {
			first, last := a == p.Addr(), !p.Contains(a.Next())
			if (narrow || !first && !last) && !yield(a) {
				return
			}
		}
	}
}
