// Package probe finds hosts by asking each address of a subnet whether a Docker Engine
// listens there. Use it on networks of your own, and where nothing better tells of the
// hosts: others take it for a scan, which it is.
package probe

import (
	"context"
	"iter"
	"net/netip"
	"time"

	"github.com/dockerhv/dockerhv/discovery"
	"github.com/dockerhv/dockerhv/driver"
)

// Source is what the endpoints have as their Source.
const Source = "probe"

// The defaults of a Discoverer.
const (
	DefaultPort     = 2376 // where engines listen with TLS
	DefaultTimeout  = 2 * time.Second
	DefaultParallel = 64
	DefaultMax      = 1024
)

// Discoverer finds the engines of subnets. Contrary to other discoverers it connects to
// what it finds. [discovery.Watch] asks again and again.
type Discoverer struct {
	// Prefixes are the subnets, such as 192.0.2.0/24; of one of IPv4 the first and last
	// addresses are left out, which are no host's, unless it has fewer than four. Required.
	Prefixes []netip.Prefix
	// Ports are asked at each address; none means DefaultPort.
	Ports []uint16
	// TLS is the identity by which engines are asked, and told of; nil means that of the
	// system's authorities. It is shown to nobody whose certificate it does not accept.
	TLS *driver.TLS
	// AllowPlaintext asks without TLS instead: whoever reaches such an engine is root there.
	AllowPlaintext bool
	// Timeout bounds how long one address may take to connect, and again to answer; 0 means
	// DefaultTimeout.
	Timeout time.Duration
	// Parallel is how many are asked at once; 0 means DefaultParallel.
	Parallel int
	// Max is how many addresses and ports are asked at most; 0 means DefaultMax. More are
	// refused, and nothing is asked.
	Max int
}

var _ discovery.Discoverer = Discoverer{}

// Discover asks all addresses and then yields the endpoints of those where an engine
// answers, in the order of the subnets. An address where nothing listens is none; one where
// something listens that is no engine, or refuses us, is a *dockerhv.Error with the class
// that opening it has. A discoverer that can't be used is one dockerhv.ErrInvalid.
func (d Discoverer) Discover(ctx context.Context) iter.Seq2[driver.Endpoint, error] {
	return func(yield func(driver.Endpoint, error) bool) {
		targets, err := d.targets()
		if err != nil {
			yield(driver.Endpoint{}, err)
			return
		}
		for _, f := range d.ask(ctx, targets) {
			if f.listens && !yield(f.endpoint, f.err) {
				return
			}
		}
	}
}
