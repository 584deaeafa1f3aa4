package probe

import (
	"iter"
	"net/netip"
)

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
