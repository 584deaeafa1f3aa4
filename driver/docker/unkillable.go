package docker

import (
	"cmp"
	"context"
	"errors"
	"sync"
	"time"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

// DefaultKillBudget is the kill budget of options that set none.
const DefaultKillBudget = 30 * time.Second

// endPoll is how often an instance that was killed at last is looked at.
const endPoll = 100 * time.Millisecond

var errOverdue = errors.New("the kill was not acknowledged in time")

// overdue makes a call that ends a container's run, and gives up waiting when the
// grace and the kill budget are over: the engine may wait for ever for the end of a
// process that hangs in the kernel, or the answer was lost. A nil grace is the
// container's own, which is looked up only when that matters.
func (d *Driver) overdue(ctx context.Context, hostID string, grace *int, call func(context.Context) error) (over bool, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var clock sync.WaitGroup
	clock.Go(func() {
		if err := d.outlast(ctx, hostID, grace); err != nil {
			cancel(err)
		}
	})
	err = call(ctx)
	cancel(nil)
	clock.Wait()
	return err != nil && errors.Is(context.Cause(ctx), errOverdue), err
}

// outlast returns errOverdue when the time is over, or why the grace is not known, or
// nil when the context has ended.
func (d *Driver) outlast(ctx context.Context, hostID string, grace *int) error {
	wait := d.killBudget
	if grace != nil {
		wait += time.Duration(*grace) * time.Second
	}
	if !pause(ctx, wait) {
		return nil
	}
	if grace != nil {
		return errOverdue
	}
	asked, cancel := context.WithTimeout(ctx, d.killBudget)
	defer cancel()
	process, err := d.engine.Process(asked, hostID)
	switch {
	case ctx.Err() != nil:
		return nil
	case err != nil:
		return errOverdue // a host that does not answer even that
	case !pause(ctx, process.StopGrace):
		return nil
	}
	return errOverdue
}

// pause waits, and tells whether it could do so to the end.
func pause(ctx context.Context, wait time.Duration) bool {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// escalate kills a container whose end is overdue once more, and returns nil if it
// then has ended, or runs anew since another time than it was begun at.
func (d *Driver) escalate(ctx context.Context, hostID string, began time.Time) error {
	kill, cancel := context.WithTimeout(ctx, d.killBudget)
	defer cancel()
	// Whether it helped is seen by the state alone.
	_ = d.engine.Signal(kill, hostID, "SIGKILL")
	look, cancel := context.WithTimeout(ctx, d.killBudget)
	defer cancel()
	for {
		i, err := d.engine.Inspect(look, hostID)
		if err == nil && (!i.State.Active() || !began.IsZero() && !i.Started.Equal(began)) || errors.Is(err, dockerhv.ErrNotFound) {
			return nil
		}
		if !pause(look, endPoll) {
			return cmp.Or(ctx.Err(), d.unkillable(ctx, hostID))
		}
	}
}

// unkillable is the error that names the process.
func (d *Driver) unkillable(ctx context.Context, hostID string) error {
	ctx, cancel := context.WithTimeout(ctx, d.killBudget)
	defer cancel()
	process, _ := d.engine.Process(ctx, hostID) // 0 if it can't be told
	return &dockerhv.Error{
		Err: &driver.UnkillableError{PID: process.PID}, Next: "find out on the host what it waits for, then try again",
	}
}
