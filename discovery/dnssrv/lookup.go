package dnssrv

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/discovery"
	"github.com/dockerhv/dockerhv/driver"
)

// dnsPort is where DNS servers listen.
const dnsPort = "53"

// lookUp returns what the records make, and what is wrong with the others. It is whole
// unless a host may be among what is wrong.
func (d Discoverer) lookUp(ctx context.Context) (endpoints []driver.Endpoint, failures []error, whole bool) {
	records, err := d.records(ctx)
	whole = err == nil
	if err != nil {
		failures = append(failures, err)
	}
	if len(records) == 1 && records[0].Target == "." {
		return nil, failures, whole // which says that there is no host
	}
	limit := cmp.Or(d.MaxHosts, DefaultMaxHosts)
	if len(records) > limit {
		failures = append(failures, &dockerhv.Error{
			Op: "look up hosts", ID: d.Name, Class: dockerhv.ErrInvalid,
			Err: fmt.Errorf("there are %d records, of which the first %d are taken", len(records), limit), Next: "set Discoverer.MaxHosts",
		})
		slices.SortFunc(records, compare) // so that it is the same ones each time
		records = records[:limit]
	}
	named := make(map[string]bool)
	for _, r := range records {
		e, err := d.check(r)
		switch {
		case err != nil:
			failures, whole = append(failures, err), false
		case !named[e.String()]:
			named[e.String()] = true
			endpoints = append(endpoints, e)
		}
	}
	return endpoints, failures, whole
}

// compare orders records by all but their weight, by which a lookup shuffles them.
func compare(a, b *net.SRV) int {
	return cmp.Or(cmp.Compare(a.Priority, b.Priority), cmp.Compare(a.Target, b.Target), cmp.Compare(a.Port, b.Port))
}

// check makes the endpoint of a record, if it can be used.
func (d Discoverer) check(r *net.SRV) (driver.Endpoint, error) {
	what := fmt.Sprintf("the record %d %d %d %s of %s", r.Priority, r.Weight, r.Port, r.Target, d.Name)
	switch {
	case r.Target == ".":
		return driver.Endpoint{}, mend(what, "it says that there is no host, beside records of hosts")
	case r.Port == 0:
		return driver.Endpoint{}, mend(what, "it has no port")
	}
	e := d.endpoint(r)
	return e, discovery.Check(what, e, "the Endpoint that Discoverer.Endpoint returns")
}

func mend(what, reason string) error {
	err := discovery.Refused(what, errors.New(reason))
	err.Next = "mend the record"
	return err
}

// records looks the name up. With an error there may be records, too.
func (d Discoverer) records(ctx context.Context) ([]*net.SRV, error) {
	if strings.Trim(d.Name, ".") == "" {
		return nil, &dockerhv.Error{
			Op: "look up hosts", Err: &dockerhv.FieldError{Field: "name", Reason: "is empty; write _docker._tcp.example.org"},
		}
	}
	bound := cmp.Or(d.Timeout, DefaultTimeout)
	bounded, cancel := context.WithTimeout(ctx, bound)
	defer cancel()
	_, records, err := d.resolver().LookupSRV(bounded, "", "", d.Name)
	if err == nil {
		return records, nil
	}
	failed := &dockerhv.Error{Op: "look up hosts", ID: d.Name, Class: dockerhv.ErrUnavailable, Err: d.reason(err), Next: "check the DNS server"}
	var dns *net.DNSError
	switch {
	case ctx.Err() != nil:
		failed.Class, failed.Err, failed.Next = ctx.Err(), context.Cause(ctx), ""
	case len(records) > 0:
		failed.Class, failed.Err, failed.Next = dockerhv.ErrInvalid, errors.New("some of its records name no host"), "mend the records"
	case !errors.As(err, &dns):
	case dns.IsNotFound:
		failed.Class, failed.Err = dockerhv.ErrNotFound, errors.New("it has no SRV records")
		failed.Next = `check the name; a fleet of none has one record, whose target is "."`
	case dns.IsTimeout:
		failed.Err = fmt.Errorf("%s did not answer in %v", d.server(), bound)
	}
	return records, failed
}

// reason is why a lookup failed, in words that are the same each time: what the resolver
// says before that has the port in it that it asked from, and the system's server where it
// asked another.
func (d Discoverer) reason(err error) error {
	dns, ok := errors.AsType[*net.DNSError](err)
	if !ok {
		return err
	}
	return fmt.Errorf("%s: %s", d.server(), strings.TrimSpace(dns.Err[strings.LastIndex(dns.Err, ": ")+1:]))
}

// server is what is asked, for people.
func (d Discoverer) server() string { return cmp.Or(d.Server, "the system's resolver") }

// resolver asks the server, by Go's own resolver: that of the C library takes none.
func (d Discoverer) resolver() *net.Resolver {
	if d.Server == "" {
		return net.DefaultResolver
	}
	server := d.Server
	if _, _, err := net.SplitHostPort(server); err != nil {
		server = net.JoinHostPort(strings.Trim(server, "[]"), dnsPort)
	}
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, server)
	}}
}
