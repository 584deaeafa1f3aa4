package fleet_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/discovery"
	"github.com/dockerhv/dockerhv/discovery/fleet"
	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/driver/memory"
)

// drain drains the host in the background.
func drain(ctx context.Context, m *fleet.Manager, o fleet.DrainOptions) <-chan error {
	result := make(chan error, 1)
	go func() { result <- m.Drain(ctx, "h", o) }()
	return result
}

// ping tells the manager all that the host has, as an agent would.
func ping(t *testing.T, m *fleet.Manager, d driver.Driver) {
	t.Helper()
	all, err := d.List(t.Context(), driver.Filter{})
	must(t, err, m.Ping(t.Context(), discovery.Ping{Endpoint: "h", Power: discovery.PowerOfAll(all), Full: true}))
}

// TestDrainWaits: a drain waits for what runs, and for what was claimed before.
func TestDrainWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, h, d := up(t, fleet.Options{}, "a")
		must(t, m.Claim("h", "b", driver.Resources{CPUs: 1}))
		drained := drain(t.Context(), m, fleet.DrainOptions{})
		synctest.Wait()
		want(t, m, discovery.StatusUp, discovery.ResourcePrepareForMaintenance, power{"a": on})
		if err := m.Claim("h", "c", driver.Resources{CPUs: 1}); !errors.Is(err, dockerhv.ErrConflict) || errors.Is(err, fleet.ErrFull) {
			t.Errorf("a host that is drained takes a claim: %v", err)
		}
		h.Exit("cloud", "a", 0)
		ping(t, m, d)
		synctest.Wait()
		want(t, m, discovery.StatusUp, discovery.ResourcePrepareForMaintenance, power{"a": off})
		must(t, m.Release("h", "b"), <-drained)
		want(t, m, discovery.StatusUp, discovery.ResourceMaintenance, power{"a": off})
		must(t, m.Drain(t.Context(), "h", fleet.DrainOptions{}), m.CancelMaintenance("h"))
		want(t, m, discovery.StatusUp, discovery.ResourceEnabled, power{"a": off})
		must(t, m.Claim("h", "c", driver.Resources{CPUs: 1}))
		begun := time.Now()
		must(t, m.Drain(t.Context(), "h", fleet.DrainOptions{}))
		if waited := time.Since(begun); waited != fleet.DefaultExpiry {
			t.Errorf("the drain waited %v for a claim that nobody confirms", waited)
		}
	})
}

// TestDrainStops: a drain stops what runs if it is told to, each instance once.
func TestDrainStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, h, d := up(t, fleet.Options{}, "a", "b", "c")
		stops := 0
		h.Fail(func(_ context.Context, c memory.Call) error {
			if c.Op == "stop instance" && c.Phase == memory.Before {
				stops++
			}
			return nil
		})
		drained := drain(t.Context(), m, fleet.DrainOptions{Stop: true, AtOnce: 1, Grace: time.Second})
		synctest.Wait()
		must(t, m.Ping(t.Context(), discovery.Ping{Endpoint: "h", Power: power{"a": off}}))
		synctest.Wait()
		ping(t, m, d)
		must(t, <-drained)
		want(t, m, discovery.StatusUp, discovery.ResourceMaintenance, power{"a": off, "b": off, "c": off})
		if stops != 3 {
			t.Errorf("%d stops for 3 instances", stops)
		}
	})
}

// TestDrainFails: an instance that can't be stopped ends the drain in an error, from which
// the next one goes on.
func TestDrainFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, h, d := up(t, fleet.Options{}, "a")
		stuck := errors.New("stuck")
		h.Fail(func(_ context.Context, c memory.Call) error {
			if c.Op == "stop instance" {
				return stuck
			}
			return nil
		})
		if err := m.Drain(t.Context(), "h", fleet.DrainOptions{Stop: true}); !errors.Is(err, stuck) {
			t.Errorf("Drain = %v", err)
		}
		want(t, m, discovery.StatusUp, discovery.ResourceErrorInPrepareForMaintenance, power{"a": on})
		h.Fail(nil)
		drained := drain(t.Context(), m, fleet.DrainOptions{Stop: true})
		synctest.Wait()
		ping(t, m, d)
		must(t, <-drained)
		want(t, m, discovery.StatusUp, discovery.ResourceMaintenance, power{"a": off})
	})
}

// TestDrainUnknown: a host of which nobody knows what runs on it is not drained.
func TestDrainUnknown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, h, d := up(t, fleet.Options{}, "a")
		must(t, m.Disconnect(t.Context(), "h", discovery.ErrLost))
		drained := drain(t.Context(), m, fleet.DrainOptions{Stop: true})
		time.Sleep(time.Hour)
		want(t, m, discovery.StatusAlert, discovery.ResourcePrepareForMaintenance, power{"a": unknown})
		h.Exit("cloud", "a", 0)
		register(t, m, "h", d)
		must(t, <-drained)
		want(t, m, discovery.StatusConnecting, discovery.ResourceMaintenance, power{"a": off})
	})
}

// TestDrainCancelled: a drain ends when its maintenance is cancelled, or its caller gives up.
func TestDrainCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, _, _ := up(t, fleet.Options{}, "a")
		drained := drain(t.Context(), m, fleet.DrainOptions{})
		synctest.Wait()
		must(t, m.CancelMaintenance("h"))
		if err := <-drained; !errors.Is(err, dockerhv.ErrConflict) {
			t.Errorf("a cancelled drain: %v", err)
		}
		want(t, m, discovery.StatusUp, discovery.ResourceEnabled, power{"a": on})

		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := m.Drain(ctx, "h", fleet.DrainOptions{}); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a drain that was given up: %v", err)
		}
		want(t, m, discovery.StatusUp, discovery.ResourcePrepareForMaintenance, power{"a": on})
		must(t, m.CancelMaintenance("h"), m.Change("h", discovery.EventDisable))
		if err := m.Drain(t.Context(), "h", fleet.DrainOptions{}); !errors.Is(err, dockerhv.ErrConflict) {
			t.Errorf("a drain of a disabled host: %v", err)
		}
	})
}
