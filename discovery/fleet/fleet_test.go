package fleet_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/discovery"
	"github.com/dockerhv/dockerhv/discovery/fleet"
	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/driver/memory"
)

const on, off, unknown, missing = discovery.PowerOn, discovery.PowerOff, discovery.PowerUnknown, discovery.PowerMissing

type power = map[string]discovery.Power

// newHost is a host in memory with 4 CPUs and 8 GiB, on which the named instances run.
func newHost(t *testing.T, ids ...string) (*memory.Host, *memory.Driver) {
	t.Helper()
	h := memory.New(memory.Options{})
	image := h.Put("example.org/web:1", memory.Image{Command: []string{"serve"}})
	d := h.Open("cloud")
	for _, id := range ids {
		if _, err := d.Create(t.Context(), driver.Spec{ID: id, Image: image.ID, Resources: driver.Resources{CPUs: 1, Memory: 1 << 30}}); err != nil {
			t.Fatal(err)
		}
		if err := d.Start(t.Context(), id); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() {
		h.Fail(nil)
		h.Reconnect()
		_, _ = driver.Sweep(context.WithoutCancel(t.Context()), d, driver.SweepOptions{Grace: -1})
	})
	return h, d
}

// register tells a manager of a host.
func register(t *testing.T, m *fleet.Manager, name string, d driver.Driver) {
	t.Helper()
	facts, err := d.Host(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	all, err := d.List(t.Context(), driver.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Register(t.Context(), discovery.Registration{
		Endpoint: driver.Endpoint{Name: name}, Host: facts, Driver: d, Instances: all,
	}); err != nil {
		t.Fatal(err)
	}
}

// up is a manager of one host that is up.
func up(t *testing.T, o fleet.Options, ids ...string) (*fleet.Manager, *memory.Host, *memory.Driver) {
	t.Helper()
	m := fleet.New(o)
	h, d := newHost(t, ids...)
	register(t, m, "h", d)
	if err := m.Ready(t.Context(), "h"); err != nil {
		t.Fatal(err)
	}
	return m, h, d
}

func want(t *testing.T, m *fleet.Manager, status discovery.Status, resource discovery.ResourceState, p power) {
	t.Helper()
	h, err := m.Host("h")
	if err != nil {
		t.Fatal(err)
	}
	if h.Status != status || h.Resource != resource {
		t.Errorf("the host is %s and %s, want %s and %s", h.Status, h.Resource, status, resource)
	}
	if diff := cmp.Diff(p, h.Power); diff != "" {
		t.Errorf("power (-want +got):\n%s", diff)
	}
}

func must(t *testing.T, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

func TestLife(t *testing.T) {
	m := fleet.New(fleet.Options{})
	_, d := newHost(t, "a", "b")
	register(t, m, "h", d)
	want(t, m, discovery.StatusConnecting, discovery.ResourceEnabled, power{"a": on, "b": on})
	if h, _ := m.Host("h"); h.Accepts() {
		t.Error("a host that is connecting accepts instances")
	}
	must(t, m.Ready(t.Context(), "h"))
	want(t, m, discovery.StatusUp, discovery.ResourceEnabled, power{"a": on, "b": on})
	must(t, m.Ping(t.Context(), discovery.Ping{Endpoint: "h", Power: power{"a": off, "c": on, "b": missing}}))
	want(t, m, discovery.StatusUp, discovery.ResourceEnabled, power{"a": off, "c": on})
	must(t, m.Ping(t.Context(), discovery.Ping{Endpoint: "h", Power: power{"a": on}, Full: true}))
	want(t, m, discovery.StatusUp, discovery.ResourceEnabled, power{"a": on})
	must(t, m.Disconnect(t.Context(), "h", discovery.ErrLost))
	want(t, m, discovery.StatusAlert, discovery.ResourceEnabled, power{"a": unknown})
	must(t, m.Change("h", discovery.EventDisable))
	register(t, m, "h", d)
	want(t, m, discovery.StatusConnecting, discovery.ResourceDisabled, power{"a": on, "b": on})
	must(t, m.Ready(t.Context(), "h"), m.Report("h", discovery.EventHostDown, discovery.ErrLost))
	want(t, m, discovery.StatusDown, discovery.ResourceDisabled, power{"a": unknown, "b": unknown})
	if err := m.Ping(t.Context(), discovery.Ping{Endpoint: "h", Power: power{"a": off}}); !errors.Is(err, dockerhv.ErrConflict) {
		t.Errorf("a ping of a host that is down: %v", err)
	}
	must(t, m.Disconnect(t.Context(), "h", discovery.ErrShutdown))
	want(t, m, discovery.StatusDown, discovery.ResourceDisabled, power{"a": unknown, "b": unknown})
	must(t, m.Remove("h"))
	if err := m.Register(t.Context(), discovery.Registration{Endpoint: driver.Endpoint{Name: "h"}, Driver: d}); !errors.Is(err, dockerhv.ErrConflict) {
		t.Errorf("a removed host registers: %v", err)
	}
	must(t, m.Disconnect(t.Context(), "h", discovery.ErrLost), m.Forget("h"))
	if _, err := m.Host("h"); !errors.Is(err, dockerhv.ErrNotFound) {
		t.Errorf("a forgotten host: %v", err)
	}
	if err := m.Ping(t.Context(), discovery.Ping{Endpoint: "h"}); !errors.Is(err, dockerhv.ErrNotFound) {
		t.Errorf("a ping of a forgotten host: %v", err)
	}
}

// TestReportedMeanwhile: what a host tells when it is back counts at once, and not what it
// told before it was lost.
func TestReportedMeanwhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, h, d := up(t, fleet.Options{}, "a")
		must(t, m.Disconnect(t.Context(), "h", discovery.ErrLost))
		h.Exit("cloud", "a", 1)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		var told []discovery.Power
		done := make(chan struct{})
		go func() {
			defer close(done)
			for c, err := range m.Changes(ctx) {
				if err == nil && c.Instance == "a" {
					told = append(told, c.Power)
				}
			}
		}()
		synctest.Wait()
		register(t, m, "h", d)
		<-done
		if diff := cmp.Diff([]discovery.Power{unknown, off}, told); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// TestBehind: a host that tells nothing for two intervals and a half is in alert, and one
// that was disconnected in order, after half an hour.
func TestBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, _, _ := up(t, fleet.Options{}, "a")
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- m.Run(ctx) }()
		time.Sleep(149 * time.Second)
		want(t, m, discovery.StatusUp, discovery.ResourceEnabled, power{"a": on})
		must(t, m.Ping(t.Context(), discovery.Ping{Endpoint: "h"}))
		time.Sleep(149 * time.Second)
		want(t, m, discovery.StatusUp, discovery.ResourceEnabled, power{"a": on})
		time.Sleep(17 * time.Second)
		want(t, m, discovery.StatusAlert, discovery.ResourceEnabled, power{"a": unknown})
		if h, _ := m.Host("h"); !errors.Is(h.Cause, discovery.ErrLost) {
			t.Errorf("it is in alert because %v", h.Cause)
		}
		must(t, m.Ping(t.Context(), discovery.Ping{Endpoint: "h"}))
		want(t, m, discovery.StatusUp, discovery.ResourceEnabled, power{"a": on})

		must(t, m.Disconnect(t.Context(), "h", discovery.ErrShutdown))
		time.Sleep(29 * time.Minute)
		want(t, m, discovery.StatusDisconnected, discovery.ResourceEnabled, power{"a": unknown})
		time.Sleep(2 * time.Minute)
		want(t, m, discovery.StatusAlert, discovery.ResourceEnabled, power{"a": unknown})
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("Run = %v", err)
		}
	})
}

// TestChanges: a reader is told of what there is and of each change, once and in order.
func TestChanges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, _, _ := up(t, fleet.Options{}, "a")
		ctx, cancel := context.WithCancel(t.Context())
		var got []string
		done := make(chan struct{})
		go func() {
			defer close(done)
			for c, err := range m.Changes(ctx) {
				if err != nil {
					got = append(got, fmt.Sprint(errors.Is(err, context.Canceled)))
					return
				}
				got = append(got, fmt.Sprintf("%s %s %s %s%s", c.Type, c.Status, c.Resource, c.Instance, c.Power))
			}
		}()
		synctest.Wait()
		must(t,
			m.Change("h", discovery.EventDisable), m.Change("h", discovery.EventDisable),
			m.Ping(t.Context(), discovery.Ping{Endpoint: "h", Power: power{"a": on}}),
			m.Ping(t.Context(), discovery.Ping{Endpoint: "h", Power: power{"a": off}}),
			m.Disconnect(t.Context(), "h", discovery.ErrLost),
			m.Disconnect(t.Context(), "h", discovery.ErrLost),
		)
		synctest.Wait()
		cancel()
		<-done
		if diff := cmp.Diff([]string{
			"snapshot Up Enabled ", "snapshot Up Enabled aPowerOn",
			"resource Up Disabled ", "power Up Disabled aPowerOff",
			"status Alert Disabled ", "power Alert Disabled aPowerUnknown", "true",
		}, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// TestSlowReader: a reader that is too slow gets a gap and all that there is, and holds up
// nobody.
func TestSlowReader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, _, _ := up(t, fleet.Options{ChangeBound: 10}, "a")
		n := 0
		for c, err := range m.Changes(t.Context()) {
			must(t, err)
			n++
			if n == 1 {
				for k := range 101 {
					p := power{"a": off}
					if k%2 == 0 {
						p["a"] = unknown
					}
					must(t, m.Ping(t.Context(), discovery.Ping{Endpoint: "h", Power: p}))
				}
				continue
			}
			if c.Type == fleet.ChangeGap {
				n = 1000
			}
			if n > 1000 && c.Type == fleet.ChangeSnapshot && c.Instance == "a" {
				break
			}
			if n > 10 && n < 1000 {
				t.Fatal("no gap")
			}
		}
	})
}

// TestViewsShareNothing: what is returned is the caller's.
func TestViewsShareNothing(t *testing.T) {
	m, _, _ := up(t, fleet.Options{}, "a")
	h, _ := m.Host("h")
	h.Power["a"] = off
	told := power{"a": on, "b": on}
	must(t, m.Ping(t.Context(), discovery.Ping{Endpoint: "h", Power: told, Full: true}))
	told["b"] = off
	for _, h := range m.Hosts() {
		if h.Power["a"] != on || h.Power["b"] != on {
			t.Errorf("%v", h.Power)
		}
	}
}
