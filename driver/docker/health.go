package docker

import (
	"context"

	"github.com/dockerhv/dockerhv/driver"
)

// canaryOwner is added to the owner's name for the owner of its canaries.
const canaryOwner = "-canary"

// Health probes the engine: ping, without which it is unhealthy; info, which tells its
// clock and warnings; list; create, of an image that is not there, which goes most of
// the way and leaves nothing; and the canary, if Options has one.
func (d *Driver) Health(ctx context.Context) (_ driver.Health, err error) {
	ctx, end := d.read(ctx, "probe host", "")
	defer end(&err)
	return d.prober.Health(ctx)
}

func (d *Driver) newProber(opts Options) *driver.Prober {
	probes := []driver.Probe{
		{Name: "ping", Vital: true, Run: func(ctx context.Context, _ *driver.Health) error { return d.engine.Ping(ctx) }},
		{Name: "info", Run: func(ctx context.Context, h *driver.Health) error {
			host, err := d.Host(ctx)
			h.ClockSkew, h.Warnings = host.ClockSkew, host.Warnings
			return err
		}},
		{Name: "list", Run: func(ctx context.Context, _ *driver.Health) error {
			_, err := d.engine.List(ctx, d.owner, driver.Filter{})
			return givenUp(ctx, err)
		}},
		{Name: "create", Run: func(ctx context.Context, _ *driver.Health) error { return givenUp(ctx, d.engine.TryCreate(ctx)) }},
	}
	if opts.Canary.Image != "" {
		probes = append(probes, opts.Canary.Probe(d.canaries()))
	}
	return driver.NewProber(opts.Health, probes...)
}

// canaries is a driver of the same host for canaries, which are no instances of the owner's.
func (d *Driver) canaries() *Driver {
	return newDriver(d.engine, Options{Owner: d.owner + canaryOwner, Logger: d.logger, Audit: d.audit, KillBudget: d.killBudget})
}
