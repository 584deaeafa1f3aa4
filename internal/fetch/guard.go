package fetch

import (
	"context"
	"net/netip"
	"slices"
	"syscall"
)

// guard decides which addresses may be dialled. It is asked with the address of
// each connection, after all resolving, so that a name that resolves to another
// address the second time gains nothing.
type guard struct{ allow []netip.Prefix }

// control is net.Dialer's ControlContext: it runs when the address is known and
// before anything is sent to it.
func (g guard) control(_ context.Context, _, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return &AddressError{Reason: "not an IP address"}
	}
	return g.check(at.Addr())
}

// check refuses an address that is not on the public internet, unless it is allowed.
func (g guard) check(addr netip.Addr) error {
	addr = addr.WithZone("").Unmap()
	reached := translate(addr)
	if g.allows(addr) || g.allows(reached) {
		return nil
	}
	if reason := refusal(reached); reason != "" {
		return &AddressError{Addr: addr, Reason: reason}
	}
	return nil
}

func (g guard) allows(addr netip.Addr) bool {
	return slices.ContainsFunc(g.allow, func(p netip.Prefix) bool { return p.Contains(addr) })
}

// refusal says why an address is not one to download from; "" if it is.
func refusal(addr netip.Addr) string {
	switch {
	case !addr.IsValid() || addr.IsUnspecified():
		return "unspecified"
	case addr.IsLoopback():
		return "loopback"
	case addr.IsPrivate():
		return "private"
	case addr.IsLinkLocalUnicast():
		return "link-local, where clouds keep their metadata"
	case addr.IsMulticast():
		return "multicast"
	case addr.Is4() && within(addr, reserved4()), addr.Is6() && !global6(addr):
		return "reserved"
	}
	return ""
}

// reserved4 lists what IANA's registry of special addresses says is not globally
// reachable and refusal has no name for, and Azure's metadata address, which is
// the one that looks public.
func reserved4() []string {
	return []string{
		"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24",
		"198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4", "168.63.129.16/32",
	}
}

// global6 tells whether an address is one that IANA gave out for the internet:
// 2000::/3 but for the protocols' own blocks (Teredo is in the first), the
// documentation's, and 6to4, which hides an IPv4 address.
func global6(addr netip.Addr) bool {
	return within(addr, []string{"2000::/3"}) &&
		!within(addr, []string{"2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"})
}

// translate returns the IPv4 address that a NAT64 gateway makes of an address, and
// any other address as it is. Networks with IPv6 alone reach all of IPv4 so.
func translate(addr netip.Addr) netip.Addr {
	if !within(addr, []string{"64:ff9b::/96"}) {
		return addr
	}
	b := addr.As16()
	return netip.AddrFrom4([4]byte(b[12:]))
}

func within(addr netip.Addr, prefixes []string) bool {
	return slices.ContainsFunc(prefixes, func(p string) bool {
		return netip.MustParsePrefix(p).Contains(addr)
	})
}
