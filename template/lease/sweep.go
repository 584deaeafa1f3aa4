package lease

import (
	"context"
	"errors"
	"time"

	"github.com/dockerhv/dockerhv"
)

// SweepOptions says how to sweep. The zero value removes what is to be removed.
type SweepOptions struct {
	// DryRun removes nothing.
	DryRun bool
}

// Sweep looks once at what the store has, and removes what nobody needs any more; the first
// sweep of a Keeper begins the delay. It returns what it removed, or would have, and the
// errors of what it could not. An image that has come into use meanwhile stays, which is no
// error.
func (k *Keeper) Sweep(ctx context.Context, opts SweepOptions) ([]Swept, error) {
	if k.opts.Delay < 0 {
		return nil, nil
	}
	planned, err := k.decide(ctx)
	if err != nil {
		return nil, &dockerhv.Error{Op: "sweep images", Err: err}
	}
	if opts.DryRun {
		return planned, nil
	}
	var (
		swept []Swept
		errs  []error
	)
	for _, one := range planned {
		switch err := k.carryOut(ctx, one); {
		case err == nil:
			swept = append(swept, one)
		case !errors.Is(err, dockerhv.ErrConflict):
			errs = append(errs, err)
		}
	}
	return swept, errors.Join(errs...)
}

func (k *Keeper) decide(ctx context.Context) ([]Swept, error) {
	stored, err := k.lister.Stored(ctx)
	if err != nil {
		return nil, err
	}
	used := int64(0)
	if k.opts.High > 0 {
		if used, err = k.opts.Used(ctx); err != nil {
			return nil, err
		}
	}
	now := k.opts.Now()
	return k.plan(stored, k.observe(stored, now), now, used), nil
}

func (k *Keeper) carryOut(ctx context.Context, one Swept) error {
	for _, ref := range one.References {
		if err := k.store.Remove(ctx, ref); err != nil {
			return err
		}
	}
	return nil
}

// Run sweeps each Options.Interval, until the context ends, whose cause it returns. A sweep
// that fails is told to Options.OnSweep, and tried again at the next interval.
func (k *Keeper) Run(ctx context.Context) error {
	tick := time.NewTicker(k.opts.Interval)
	defer tick.Stop()
	for {
		swept, err := k.Sweep(ctx, SweepOptions{})
		if k.opts.OnSweep != nil && ctx.Err() == nil {
			k.opts.OnSweep(swept, err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}
