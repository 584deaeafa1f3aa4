package driver

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/dockerhv/dockerhv"
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
// the orchestrator lost its memory. It spares one whose network a spared one has, and
// leaves networks and volumes to SweepObjects. It returns those that it destroyed, or would have;
// and, with them, the first error.
//
// It begins as ReadHealth and Recover do, and destroys nothing unless the host is well
// and has said of each instance what it is.
func Sweep(ctx context.Context, d Driver, opts SweepOptions) ([]Instance, error) {
	host, err := wellHost(ctx, d) // whose clock counts, not ours
	if err != nil {
		return nil, err
	}
	found, err := find(ctx, d, false)
	if err != nil {
		return nil, err
	}
	spared := make(map[string]bool)
	for _, i := range found.Instances {
		if slices.Contains(opts.Keep, i.ID) || opts.spares(host, i.Created) {
			spared[i.ID], spared[i.NetworkOf] = true, true // a holder lives as long as its members
		}
	}
	var swept []Instance
	for _, i := range found.Instances {
		if spared[i.ID] {
			continue
		}
		if !opts.DryRun {
			if err := destroySame(ctx, d, i); err != nil {
				return swept, err
			}
		}
		swept = append(swept, i)
	}
	return swept, nil
}

// wellHost describes a host that is well, or has just become so again.
func wellHost(ctx context.Context, d Driver) (Host, error) {
	health, err := ReadHealth(ctx, d)
	if err != nil {
		return Host{}, err
	}
	if health.Status != Healthy && health.Reason != ReasonRecovering {
		return Host{}, &dockerhv.Error{
			Op: "sweep host", Class: dockerhv.ErrUnavailable,
			Err: fmt.Errorf("the host is %s (%s): %s", health.Status, health.Reason, health.Detail), Next: "sweep it once it is healthy",
		}
	}
	return d.Host(ctx)
}

// destroySame destroys an instance, unless another has taken its ID meanwhile.
func destroySame(ctx context.Context, d Driver, i Instance) error {
	now, err := d.Inspect(ctx, i.ID)
	switch {
	case errors.Is(err, dockerhv.ErrNotFound):
		return nil
	case err != nil:
		return err
	case now.HostID != i.HostID:
		return &dockerhv.Error{
			Op: "sweep instance", ID: i.ID, Class: dockerhv.ErrConflict,
			Err: errors.New("it was created anew meanwhile"), Next: "say what is wanted, and sweep again",
		}
	}
	return d.Destroy(ctx, i.ID, DestroyOptions{Force: true})
}

// spares tells whether something is too young to be swept, or may be.
func (o SweepOptions) spares(host Host, created time.Time) bool {
	grace := o.Grace
	if grace == 0 {
		grace = DefaultSweepGrace
	}
	return grace > 0 && (created.IsZero() || host.Time.Sub(created) < grace)
}
