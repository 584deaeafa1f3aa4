package driver

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/dockerhv/dockerhv"
)

// CheckStatus is what an instance's health check says.
type CheckStatus string

// The statuses.
const (
	CheckNone      CheckStatus = ""          // it has no check, or does not run
	CheckStarting  CheckStatus = "starting"  // the check has not passed yet, nor failed too often
	CheckHealthy   CheckStatus = "healthy"   // it passed last
	CheckUnhealthy CheckStatus = "unhealthy" // it failed HealthCheck.Retries times in a row
)

// CheckOutput is how much of a check's output is kept, in bytes.
const CheckOutput = 4096

// CheckResult is the result of an instance's health check. Of an instance that does
// not run it is zero.
type CheckResult struct {
	Status CheckStatus `json:"status,omitempty"`
	// Failures is how often it failed in a row.
	Failures int `json:"failures,omitempty"`
	// Output is what the last check printed, of which the first CheckOutput bytes are
	// kept. It is the instance's own, and may be anything.
	Output string `json:"output,omitempty"`
	// Time is when the last check ended, by the host's clock; zero before the first.
	Time time.Time `json:"time,omitzero"`
}

// UnhealthyError is the error of what awaits an instance whose health check fails.
// It matches dockerhv.ErrFailed.
type UnhealthyError struct{ Result CheckResult }

// Error says how often the check failed, and not what it printed, which may be a secret.
func (e *UnhealthyError) Error() string {
	return fmt.Sprintf("its health check failed %d times in a row", e.Result.Failures)
}

// Unwrap returns dockerhv.ErrFailed.
func (e *UnhealthyError) Unwrap() error { return dockerhv.ErrFailed }

// HealthWaiter is a driver that is told by its host of the health of instances.
type HealthWaiter interface {
	// AwaitHealthy returns nil when the instance's health check passes, at once if it
	// has. One that is unhealthy is an *UnhealthyError, one that has ended an
	// *ExitError, one that has no check dockerhv.ErrConflict. One that was never
	// started is waited for.
	AwaitHealthy(ctx context.Context, id string) error
}

// AwaitHealthy waits until an instance is healthy, as [HealthWaiter] says. It asks a
// driver that is no HealthWaiter twice a second.
func AwaitHealthy(ctx context.Context, d Driver, id string) error {
	if w, ok := As[HealthWaiter](d); ok {
		return w.AwaitHealthy(ctx, id)
	}
	tick := time.NewTicker(pollInterval)
	defer tick.Stop()
	for {
		i, err := d.Inspect(ctx, id)
		if err != nil {
			return err
		}
		if done, err := Ready(i); done {
			if err != nil {
				return &dockerhv.Error{Op: "await health of instance", ID: id, Err: err}
			}
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return &dockerhv.Error{Op: "await health of instance", ID: id, Class: ctx.Err(), Err: context.Cause(ctx)}
		}
	}
}

// Ready tells of an instance whether the wait for its health is over, and how: nil
// if it is healthy, else what [HealthWaiter] says. Drivers call it.
func Ready(i Instance) (over bool, err error) {
	switch {
	case i.Exit != nil && !i.State.Active():
		return true, &ExitError{*i.Exit}
	case i.State != Running || i.Health.Status == CheckStarting:
		return false, nil
	case i.Health.Status == CheckUnhealthy:
		return true, &UnhealthyError{i.Health}
	case i.Health.Status == CheckNone:
		return true, &dockerhv.Error{
			Class: dockerhv.ErrConflict, Err: errors.New("the instance has no health check"), Next: "give its spec a HealthCheck",
		}
	}
	return true, nil
}
