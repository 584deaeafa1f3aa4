// Package dnssrv finds hosts in SRV records of the DNS (RFC 2782), such as
//
//	_docker._tcp.example.org. 60 IN SRV 10 5 2376 web-1.example.org.
//
// A name without records is dockerhv.ErrNotFound, for it is more likely a mistake than a
// fleet of none. A fleet of none says so with one record whose target is ".".
package dnssrv

import (
	"cmp"
	"context"
	"iter"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/dockerhv/dockerhv/discovery"
	"github.com/dockerhv/dockerhv/driver"
)

// Source is what the endpoints have as their Source.
const Source = "dns-srv"

// The bounds of a Discoverer that sets none.
const (
	DefaultInterval = 30 * time.Second
	DefaultTimeout  = 5 * time.Second
	DefaultMaxHosts = 1000
)

// Discoverer finds the hosts that a name's SRV records tell of.
type Discoverer struct {
	// Name has the records, such as "_docker._tcp.example.org". Required.
	Name string
	// Endpoint makes the endpoint of a record's host and port, such as one by ssh; nil
	// means tcp with TLS, as TLS says. Who can forge the DNS's answers names the hosts, so
	// that the endpoint's identity is all that proves them.
	Endpoint func(host string, port uint16) driver.Endpoint
	// TLS is the identity where Endpoint is nil; nil means the system's authorities.
	TLS *driver.TLS
	// Server is the DNS server to ask, "host" or "host:port"; empty means the system's.
	Server string
	// Timeout bounds a lookup; 0 means DefaultTimeout.
	Timeout time.Duration
	// Interval is how often Watch looks the name up; 0 means DefaultInterval.
	Interval time.Duration
	// MaxHosts is how many records are taken at most, by their priority and target; 0 means
	// DefaultMaxHosts. More are told as one error.
	MaxHosts int
}

var _ discovery.Watcher = Discoverer{}

// Discover looks the name up and yields an endpoint for each record, by their priority and,
// among equals, at random by their weight, as RFC 2782 has it. Records that can't be used
// are errors that name them, and so is a lookup that fails: *dockerhv.Error values of the
// class ErrNotFound without records, ErrUnavailable where no server answers, ErrDenied for
// plain text without consent, and else ErrInvalid.
func (d Discoverer) Discover(ctx context.Context) iter.Seq2[driver.Endpoint, error] {
	return func(yield func(driver.Endpoint, error) bool) {
		endpoints, failures, _ := d.lookUp(ctx)
		for _, err := range failures {
			if ctx.Err() != nil || !yield(driver.Endpoint{}, err) {
				return
			}
		}
		for _, e := range endpoints {
			if ctx.Err() != nil || !yield(e, nil) {
				return
			}
		}
	}
}

// endpoint makes the endpoint of a record.
func (d Discoverer) endpoint(r *net.SRV) driver.Endpoint {
	host := strings.TrimSuffix(r.Target, ".")
	if d.Endpoint != nil {
		e := d.Endpoint(host, r.Port)
		e.Source = cmp.Or(e.Source, Source)
		return e
	}
	identity := d.TLS
	if identity == nil {
		identity = &driver.TLS{}
	}
	return driver.Endpoint{
		URL: "tcp://" + net.JoinHostPort(host, strconv.Itoa(int(r.Port))), TLS: identity, Source: Source,
	}
}
