package probe

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"net/netip"

	"golang.org/x/sync/errgroup"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/internal/engine"
)

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
