package driver

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// ValidateNetwork tells whether a host can honour a network's spec, as Validate does
// for an instance's.
func ValidateNetwork(s NetworkSpec) error {
	switch {
	case !idPattern.MatchString(s.ID):
		return field("id", "%q is refused; use 1 to 63 letters, digits, '_', '.' or '-'", s.ID)
	case slices.Contains([]string{networkBridge, networkHost, networkNone, "default"}, s.ID):
		return field("id", "%q is the engine's own network", s.ID)
	}
	return errors.Join(
		validateNetworkDriver(s), validateSubnets(s.Subnets), validateNetworkTexts(s),
		validateOptions("options", s.Options, map[string]string{"parent": "parent", "com.docker.network.driver.mtu": "mtu"}),
	)
}

func validateNetworkDriver(s NetworkSpec) error {
	onParent := s.Driver == NetworkMACVLAN || s.Driver == NetworkIPVLAN
	switch {
	case !slices.Contains([]NetworkDriver{"", NetworkBridge, NetworkMACVLAN, NetworkIPVLAN, NetworkOverlay}, s.Driver):
		return field("driver", "%q is refused; use bridge, macvlan, ipvlan or overlay", s.Driver)
	case s.Parent != "" && (!onParent || !interfacePattern.MatchString(s.Parent)):
		return field("parent", "%q is no interface for a network of the driver %q", s.Parent, s.Driver)
	case s.Parent == "" && onParent && !s.Internal:
		return field("parent", "is empty; say which interface of the host the driver %q uses", s.Driver)
	case s.Driver == NetworkOverlay && strings.Contains(s.ID, "."):
		return field("id", "%q has a dot, which a swarm's network can't have", s.ID)
	case s.MTU < 0 || s.MTU > 65535 || s.MTU > 0 && s.MTU < 68:
		return field("mtu", "%d is refused; use 68 to 65535, or 0 for the host's default", s.MTU)
	case s.MTU != 0 && onParent:
		return field("mtu", "of the driver %q is its parent's; leave it 0", s.Driver)
	}
	return nil
}

func validateSubnets(subnets []Subnet) error {
	for i, s := range subnets {
		at := fmt.Sprintf("subnets[%d]", i)
		switch {
		case !s.Prefix.IsValid() || s.Prefix != s.Prefix.Masked() || s.Prefix.Addr().Is4In6():
			return field(at+".prefix", "%v is no subnet; write 10.1.0.0/16", s.Prefix)
		case s.Gateway.IsValid() && !s.Prefix.Contains(s.Gateway):
			return field(at+".gateway", "%v is not in %v", s.Gateway, s.Prefix)
		case s.Range.IsValid() && (s.Range.Bits() < s.Prefix.Bits() || !s.Prefix.Contains(s.Range.Addr())):
			return field(at+".range", "%v is not in %v", s.Range, s.Prefix)
		}
		for _, other := range subnets[:i] {
			if s.Prefix.Overlaps(other.Prefix) {
				return field(at+".prefix", "%v overlaps %v", s.Prefix, other.Prefix)
			}
		}
	}
	return nil
}

func validateNetworkTexts(s NetworkSpec) error {
	for name, value := range s.Labels {
		if name == "" || !exact(name) || !exact(value) {
			return field("labels", "%q is empty, no UTF-8 or has a NUL", name)
		}
	}
	return nil
}
