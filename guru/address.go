package guru

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"net/netip"
	"strconv"
)

// addresses are a NIC's in their parsed form; what it has not is not valid.
type addresses struct {
	ipv4, ipv6         netip.Addr
	prefix4, prefix6   netip.Prefix
	gateway4, gateway6 netip.Addr
	dns                []netip.Addr
}

// addresses parses and compares all addresses of a NIC.
func (d *draft) addresses(path string, nic NIC) addresses {
	a := addresses{
		ipv4: d.address(path+"ipv4", nic.IPv4), ipv6: d.address(path+"ipv6", nic.IPv6),
		gateway4: d.address(path+"gateway", nic.Gateway), gateway6: d.address(path+"ipv6Gateway", nic.IPv6Gateway),
	}
	a.prefix4 = d.netmask(path+"netmask", nic.Netmask, a.ipv4)
	a.prefix6 = d.cidr(path+"ipv6CIDR", nic.IPv6CIDR, a.ipv6)
	d.checkGateway(path+"gateway", a.gateway4, a.ipv4, a.prefix4)
	d.checkGateway(path+"ipv6Gateway", a.gateway6, a.ipv6, a.prefix6)
	for i, text := range nic.DNS {
		at := fmt.Sprintf("%sdns[%d]", path, i)
		server := d.address(at, text)
		if server.Zone() != "" {
			d.invalid(at, "%s has a zone, which is one machine's own", server)
			continue
		}
		a.dns = append(a.dns, server)
	}
	least := minMTU
	if nic.IPv6 != "" {
		least = minMTU6
	}
	if nic.MTU != 0 && (nic.MTU < least || nic.MTU > maxMTU) {
		d.invalid(path+"mtu", "%d is refused; use %d to %d, or 0 for the network's", nic.MTU, least, maxMTU)
	}
	return a
}

func (d *draft) address(path, text string) netip.Addr {
	if text == "" {
		return netip.Addr{}
	}
	addr, err := netip.ParseAddr(text)
	if err != nil {
		d.invalid(path, "%q is no IP address", text)
		return netip.Addr{}
	}
	return addr
}

// netmask parses a mask and returns the address with its length.
func (d *draft) netmask(path, text string, addr netip.Addr) netip.Prefix {
	if text == "" {
		return netip.Prefix{}
	}
	length := maskLength(text)
	if length < 1 || length > 32 {
		d.invalid(path, "%q is no netmask; write 255.255.255.0 or 24", text)
		return netip.Prefix{}
	}
	if !addr.Is4() {
		return netip.Prefix{}
	}
	return netip.PrefixFrom(addr, length)
}

// maskLength is that of a mask in either form, or 0 for what is none.
func maskLength(text string) int {
	if length, err := strconv.Atoi(text); err == nil {
		return length
	}
	mask, err := netip.ParseAddr(text)
	if err != nil || !mask.Is4() {
		return 0
	}
	ones := binary.BigEndian.Uint32(mask.AsSlice())
	length := bits.LeadingZeros32(^ones)
	if ones<<length != 0 {
		return 0 // its ones are not all on the left
	}
	return length
}

// cidr parses the network of an IPv6 address and returns the address with its length.
func (d *draft) cidr(path, text string, addr netip.Addr) netip.Prefix {
	if text == "" {
		return netip.Prefix{}
	}
	network, err := netip.ParsePrefix(text)
	switch {
	case err != nil || !network.Addr().Is6() || network.Bits() == 0:
		d.invalid(path, "%q is no IPv6 network; write 2001:db8::/64", text)
		return netip.Prefix{}
	case addr.IsValid() && !network.Masked().Contains(addr):
		d.invalid(path, "%v does not contain the address %v", network, addr)
		return netip.Prefix{}
	case !addr.IsValid():
		return netip.Prefix{}
	}
	return netip.PrefixFrom(addr, network.Bits())
}

// checkGateway refuses a gateway that the instance could not reach. A link-local one
// of IPv6 is on every network.
func (d *draft) checkGateway(path string, gateway, addr netip.Addr, network netip.Prefix) {
	switch {
	case !gateway.IsValid():
	case addr.IsValid() && gateway.Is4() != addr.Is4():
		d.invalid(path, "%v is of another family than the address %v", gateway, addr)
	case gateway == addr:
		d.invalid(path, "%v is the instance's own address", gateway)
	case network.IsValid() && !network.Masked().Contains(gateway) && !gateway.IsLinkLocalUnicast():
		d.invalid(path, "%v is not on the network %v", gateway, network.Masked())
	}
}
