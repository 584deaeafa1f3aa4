// Package probe finds hosts by asking each address of a subnet whether a Docker Engine
// listens there. Use it on networks of your own, and where nothing better tells of the
// hosts: others take it for a scan, which it is.
package probe

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"net"
	"net/netip"
	"strconv"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/discovery"
	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/internal/engine"
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
// what it finds. Discovery.Watch asks it again and again.
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

// finding is what an address is.
type finding struct {
	listens  bool
	endpoint driver.Endpoint
	err      error
}

// ask asks all, so many at once.
func (d Discoverer) ask(ctx context.Context, targets []netip.AddrPort) []finding {
	findings := make([]finding, len(targets))
	var group errgroup.Group
	group.SetLimit(cmp.Or(d.Parallel, DefaultParallel))
	for n, target := range targets {
		if ctx.Err() != nil {
			break // what was not asked was not found
		}
		group.Go(func() error {
			findings[n] = d.look(ctx, target)
			return nil
		})
	}
	_ = group.Wait()
	return findings
}

// look asks one. That something listens is found out first, and shows it nothing.
func (d Discoverer) look(ctx context.Context, target netip.AddrPort) finding {
	bound := cmp.Or(d.Timeout, DefaultTimeout)
	connecting, cancel := context.WithTimeout(ctx, bound)
	defer cancel()
	conn, err := new(net.Dialer).DialContext(connecting, "tcp", target.String())
	if err != nil {
		return finding{}
	}
	_ = conn.Close()
	answering, cancel := context.WithTimeout(ctx, bound)
	defer cancel()
	e := d.endpoint(target)
	opened, err := engine.Open(answering, e, engine.Telemetry{})
	switch {
	case err == nil:
		_ = opened.Close()
		return finding{listens: true, endpoint: e}
	case ctx.Err() != nil:
		return finding{}
	case answering.Err() != nil:
		err = &dockerhv.Error{
			Op: "open host", Host: e.String(), Class: dockerhv.ErrUnavailable, Err: fmt.Errorf("no answer in %v", bound),
			Next: "check what listens there, or leave it out",
		}
	}
	return finding{listens: true, err: err}
}

func (d Discoverer) endpoint(target netip.AddrPort) driver.Endpoint {
	e := driver.Endpoint{URL: "tcp://" + target.String(), AllowPlaintext: d.AllowPlaintext, Source: Source}
	if !d.AllowPlaintext {
		e.TLS = cmp.Or(d.TLS, new(driver.TLS))
	}
	return e
}

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
