package memory

import (
	"cmp"
	"maps"
	"net/netip"
	"slices"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

// firstPort is the first that the host chooses by itself.
const firstPort uint16 = 32768

// bind gives an instance its ports on the host. The caller has the lock.
func (h *Host) bind(i *instance) error {
	var bound []driver.Port
	for _, p := range i.spec.Ports {
		for _, one := range p.Each() {
			if !one.HostIP.IsValid() {
				one.HostIP = netip.IPv4Unspecified()
			}
			free, err := h.bindOne(one, bound)
			if err != nil {
				return err
			}
			bound = append(bound, free)
		}
	}
	slices.SortFunc(bound, func(a, b driver.Port) int {
		return cmp.Or(cmp.Compare(a.Port, b.Port), cmp.Compare(a.Protocol, b.Protocol), a.HostIP.Compare(b.HostIP))
	})
	i.ports = bound
	return nil
}

// bindOne finds a free port of the host for one that is asked for, beside those that
// the same instance has got already.
func (h *Host) bindOne(p driver.Port, own []driver.Port) (driver.Port, error) {
	first, last := p.HostPort, max(p.HostPort, p.HostPortEnd)
	if first == 0 {
		first, last = firstPort, 65535
	}
	p.HostPortEnd = 0
	for port := int(first); port <= int(last); port++ {
		p.HostPort = uint16(port)
		if h.portHolder(p) == "" && !slices.ContainsFunc(own, p.Overlaps) {
			return p, nil
		}
	}
	p.HostPort = first
	return driver.Port{}, &dockerhv.Error{
		Class: dockerhv.ErrConflict, Err: &driver.PortInUseError{Port: p, Holder: h.portHolder(p)},
		Next: "publish another port, or none for the host's choice",
	}
}

// portHolder returns the ID of the instance that has a port of the host.
func (h *Host) portHolder(p driver.Port) string {
	for _, other := range slices.AppendSeq(slices.Collect(maps.Values(h.instances)), maps.Keys(h.replaced)) {
		if slices.ContainsFunc(other.ports, p.Overlaps) {
			return other.id
		}
	}
	return ""
}
