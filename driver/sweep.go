package driver

import (
	"context"
	"slices"
	"time"
)

// SweepOptions says what Sweep destroys. The zero value would destroy every
// instance of the owner that is older than the grace; DryRun shows which.
type SweepOptions struct {
	// Keep are the IDs of the instances that the orchestrator wants.
	Keep []string
	// Grace spares younger instances, which the orchestrator may be about to record;
	// 0 means 5 minutes, negative means none. Both ages are by the host's clock.
	Grace time.Duration
	// DryRun destroys nothing.
	DryRun bool
}

// DefaultSweepGrace is the grace of a sweep that sets none.
const DefaultSweepGrace = 5 * time.Minute

// Sweep destroys the owner's instances that nobody wants: what was left behind when
// the orchestrator lost its memory. It spares one whose network a spared one has. It
// leaves networks to SweepNetworks. It returns those that it destroyed, or would
// have; and, with them, the first error. A host that does not answer is not swept.
func Sweep(ctx context.Context, d Driver, opts SweepOptions) ([]Instance, error) {
	host, err := d.Host(ctx) // whose clock counts, not ours
	if err != nil {
		return nil, err
	}
	all, err := d.List(ctx, Filter{})
	if err != nil {
		return nil, err
	}
	spared := make(map[string]bool)
	for _, i := range all {
		if slices.Contains(opts.Keep, i.ID) || opts.spares(host.Time.Sub(i.Created)) {
			spared[i.ID], spared[i.NetworkOf] = true, true // a holder lives as long as its members
		}
	}
	var swept []Instance
	for _, i := range all {
		if spared[i.ID] {
			continue
		}
		if !opts.DryRun {
			if err := d.Destroy(ctx, i.ID, DestroyOptions{Force: true}); err != nil {
				return swept, err
			}
		}
		swept = append(swept, i)
	}
	return swept, nil
}
