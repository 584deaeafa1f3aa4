package driver

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/dockerhv/dockerhv"
)

// SweepNetworks destroys the owner's networks that nobody wants and no instance has a
// NIC on, as Sweep does instances; SweepOptions.Keep are networks' IDs here. After a
// Sweep it takes the networks of what that destroyed. It returns those that it
// destroyed, or would have; and, with them, the first error. It does nothing for a
// driver that is no NetworkManager.
func SweepNetworks(ctx context.Context, d Driver, opts SweepOptions) ([]Network, error) {
	if _, ok := As[NetworkManager](d); !ok {
		return nil, nil
	}
	host, err := d.Host(ctx) // whose clock counts, not ours
	if err != nil {
		return nil, err
	}
	networks, err := Networks(ctx, d)
	if err != nil {
		return nil, err
	}
	instances, err := d.List(ctx, Filter{})
	if err != nil {
		return nil, err
	}
	var swept []Network
	for _, n := range networks {
		if slices.Contains(opts.Keep, n.Spec.ID) || opts.spares(host.Time.Sub(n.Created)) || used(n.Spec.ID, instances) {
			continue
		}
		if !opts.DryRun {
			err := DestroyNetwork(ctx, d, n.Spec.ID)
			if errors.Is(err, dockerhv.ErrConflict) {
				continue // in use since
			}
			if err != nil {
				return swept, err
			}
		}
		swept = append(swept, n)
	}
	return swept, nil
}

// used tells whether an instance has a NIC on a network.
func used(network string, instances []Instance) bool {
	return slices.ContainsFunc(instances, func(i Instance) bool {
		return slices.ContainsFunc(i.NICs, func(n NIC) bool { return n.Network == network })
	})
}

// spares tells whether something is too young to be swept.
func (o SweepOptions) spares(age time.Duration) bool {
	grace := o.Grace
	if grace == 0 {
		grace = DefaultSweepGrace
	}
	return grace > 0 && age < grace
}
