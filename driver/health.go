package driver

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"time"

	"github.com/dockerhv/dockerhv"
)

// HealthReader is a driver that can tell how its host is.
type HealthReader interface {
	// Health probes the host now, within seconds, and tells how it is. What is wrong
	// with the host is no error; the error is the context's, or dockerhv.ErrClosed.
	Health(ctx context.Context) (Health, error)
}

// HealthStatus is how a host is.
type HealthStatus string

// The statuses, from the worst to the best.
const (
	Undetected HealthStatus = "undetected" // it has never answered
	Unhealthy  HealthStatus = "unhealthy"  // it answered once and does not now
	Degraded   HealthStatus = "degraded"   // it answers, but not all that it must do works
	Healthy    HealthStatus = "healthy"    // all is well
)

// HealthReason says in one stable word why a host is not healthy; it is empty for one
// that is. Beside the constants there are, for each probe that can fail,
// "PROBE_failed", "PROBE_denied" (the host refused us) and "PROBE_hung" (it did not
// answer in time). The probes of a Docker host are ping, info, list, create and canary.
type HealthReason string

// The reasons that are no probe's.
const (
	ReasonRecovering HealthReason = "recovering" // all works again, but not yet for long enough
	ReasonSpared     HealthReason = "spared"     // it failed too often and is not asked for a while; see Guard
)

// Health is how a host is, and why.
type Health struct {
	Status HealthStatus `json:"status"`
	// Reason says why it is not healthy, for programs; Detail says it for people.
	Reason HealthReason `json:"reason,omitempty"`
	Detail string       `json:"detail,omitempty"`
	// Since is since when it has this status, and Checked when it was probed, by our clock.
	Since   time.Time `json:"since"`
	Checked time.Time `json:"checked"`
	// ClockSkew is how far the host's clock is ahead of ours, in nanoseconds; zero if
	// that is less than the time of the answer, or not known. It leaves the status alone.
	ClockSkew time.Duration `json:"clockSkew"`
	// Warnings are the engine's own, for people. They leave the status alone.
	Warnings []string `json:"warnings,omitempty"`
}

// DefaultHealthPeriod is how often a host is probed that is watched.
const DefaultHealthPeriod = 10 * time.Second

// ReadHealth tells how a host is, as [HealthReader] says. A driver that is none is
// asked to describe the host and to list its instances.
func ReadHealth(ctx context.Context, d Driver) (Health, error) {
	return healthReader(d).Health(ctx)
}

// WatchHealth yields how a host is, first as it is found, and then each time its status
// or reason has changed, until the context ends, which is its last error. The host is
// probed each period, of which 0 means 10 seconds, and only while somebody watches.
func WatchHealth(ctx context.Context, d Driver, period time.Duration) iter.Seq2[Health, error] {
	return func(yield func(Health, error) bool) {
		reader := healthReader(d) // which remembers what it found
		var last Health
		for {
			h, err := reader.Health(ctx)
			if err != nil {
				yield(Health{}, err)
				return
			}
			if h.Status != last.Status || h.Reason != last.Reason {
				if !yield(h, nil) {
					return
				}
			}
			last = h
			if !rest(ctx, cmp.Or(period, DefaultHealthPeriod)) {
				yield(Health{}, &dockerhv.Error{Op: opHealth, Class: ctx.Err(), Err: context.Cause(ctx)})
				return
			}
		}
	}
}

const opHealth = "probe host"

func healthReader(d Driver) HealthReader {
	if r, ok := As[HealthReader](d); ok {
		return r
	}
	return NewProber(HealthOptions{}, CoreProbes(d)...)
}

// CoreProbes are the probes that any driver's core can stand: info, without which the
// host is unhealthy, and list.
func CoreProbes(d Driver) []Probe {
	return []Probe{
		{Name: "info", Vital: true, Run: func(ctx context.Context, h *Health) error {
			host, err := d.Host(ctx)
			h.ClockSkew, h.Warnings = host.ClockSkew, host.Warnings
			return err
		}},
		{Name: "list", Run: func(ctx context.Context, _ *Health) error {
			_, err := d.List(ctx, Filter{})
			return err
		}},
	}
}

// reasonOf says why a probe failed.
func reasonOf(name string, err error) HealthReason {
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return HealthReason(name + "_hung")
	case errors.Is(err, dockerhv.ErrDenied):
		return HealthReason(name + "_denied")
	}
	return HealthReason(name + "_failed")
}
