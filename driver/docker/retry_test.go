package docker_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/driver/docker"
	"github.com/dockerhv/dockerhv/internal/enginetest"
)

// 35, 37: a life under faults that pass succeeds at once, and each fault cost one try.
func TestRetryingUnderFaults(t *testing.T) {
	proxy, d, image := faulty(t, "retrying")
	for name, fault := range map[string]enginetest.Fault{
		"500":              enginetest.Answer(http.StatusInternalServerError),
		"502":              enginetest.Answer(http.StatusBadGateway),
		"503":              enginetest.Answer(http.StatusServiceUnavailable),
		"EOF":              enginetest.LoseRequest(),
		"a lost answer":    enginetest.LoseResponse(),
		"no answer":        enginetest.Delay(time.Minute),
		"two times at all": enginetest.Duplicate(),
	} {
		t.Run(name, func(t *testing.T) {
			retrying := driver.Retrying(d, driver.RetryOptions{Base: time.Millisecond, TryTimeout: 5 * time.Second, Budget: time.Minute})
			spec := sleeper("victim", image)
			for _, s := range life {
				if name == "no answer" && (s.name == "stop" || s.name == "restart") {
					continue // which an instance may hold up as long as it likes
				}
				for _, call := range s.calls {
					proxy.On(call, 0, fault)
				}
				if err := lifeStep(t.Context(), retrying, s.name, spec); err != nil {
					t.Fatalf("%s: %v", s.name, err)
				}
				if proxy.Pending() != 0 {
					t.Fatalf("%s: the fault hit nothing; the calls were %q", s.name, proxy.Calls())
				}
				wantState(t, d, spec, s.state)
			}
		})
	}
}

// lifeStep is a step of a life through any driver.
func lifeStep(ctx context.Context, d driver.Driver, name string, spec driver.Spec) error {
	switch name {
	case "create":
		_, err := d.Create(ctx, spec)
		return err
	case "start":
		return d.Start(ctx, spec.ID)
	case "restart":
		return d.Restart(ctx, spec.ID, driver.StopOptions{Grace: -1})
	case "stop":
		return d.Stop(ctx, spec.ID, driver.StopOptions{Grace: -1})
	}
	return d.Destroy(ctx, spec.ID, driver.DestroyOptions{Force: true})
}

// 37: an answer that stays as it is, is not asked for again.
func TestRetryingLeavesRefusalsAlone(t *testing.T) {
	proxy, d, image := faulty(t, "refused")
	spec := sleeper("refused", image)
	create(t, open(t, "refused"), spec)
	if _, err := d.Inspect(t.Context(), spec.ID); err != nil {
		t.Fatal(err) // which remembers the container
	}
	retrying := driver.Retrying(d, driver.RetryOptions{Base: time.Millisecond})
	for status, class := range map[int]error{
		http.StatusBadRequest: dockerhv.ErrInvalid, http.StatusUnauthorized: dockerhv.ErrDenied, http.StatusForbidden: dockerhv.ErrDenied,
	} {
		proxy.Calls()
		proxy.On("POST /containers/*/start", 0, enginetest.Answer(status))
		wantError(t, retrying.Start(t.Context(), spec.ID), class)
		// It is looked at first, for another driver may have started it.
		if calls := proxy.Calls(); !slices.Equal(calls, []string{"GET /containers/*/json", "POST /containers/*/start"}) {
			t.Errorf("%d: the calls were %q, want one start", status, calls)
		}
	}
	proxy.Calls()
	_, err := retrying.Inspect(t.Context(), "absent")
	wantError(t, err, dockerhv.ErrNotFound)
	if calls := proxy.Calls(); len(calls) != 1 {
		t.Errorf("404: the calls were %q, want one", calls)
	}
}

// 37, 132: an engine that is killed refuses the dial, which is tried again until it is
// back; a guard spares it meanwhile and says so, and other hosts are as they were.
func TestRetryingAndGuardingAnEngineThatIsKilled(t *testing.T) {
	e, d, image := private(t, nil)
	other := open(t, "other")
	guard := driver.Guarding(d, driver.GuardOptions{Failures: 3, Pause: 50 * time.Millisecond, Cap: 200 * time.Millisecond})
	retrying := driver.Retrying(guard, driver.RetryOptions{Tries: 1000, Cap: 100 * time.Millisecond, Budget: time.Minute})
	spec := sleeper("killed", image)
	if _, err := retrying.Create(t.Context(), spec); err != nil {
		t.Fatal(err)
	}
	e.Kill()
	begun := make(chan error, 1)
	go func() { begun <- retrying.Start(t.Context(), spec.ID) }()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		h, err := driver.ReadHealth(t.Context(), retrying)
		if err == nil && h.Status == driver.Unhealthy && h.Reason == driver.ReasonSpared {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("the host is not spared: %+v, %v", h, err)
		}
	}
	if err := guard.Start(t.Context(), spec.ID); !errors.Is(err, dockerhv.ErrUnavailable) || !strings.Contains(err.Error(), "in a row") && !strings.Contains(err.Error(), "connect") {
		t.Errorf("while it is spared: %v", err)
	}
	if h, err := driver.ReadHealth(t.Context(), other); err != nil || h.Status != driver.Healthy {
		t.Errorf("the other host is %+v, %v", h, err)
	}
	if err := e.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := <-begun; err != nil {
		t.Errorf("the start that was begun while it was away: %v", err)
	}
	if i := inspect(t, retrying, spec.ID); i.State != driver.Running {
		t.Errorf("the instance is %s", i.State)
	}
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		if h, err := driver.ReadHealth(t.Context(), retrying); err == nil && h.Status == driver.Healthy {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the host is not healthy again")
		}
	}
}

// 127: a host that hangs holds up no other: its callers wait as long as they want, and
// once it is spared not at all.
func TestAHostThatHangsDelaysNoOther(t *testing.T) {
	proxy := enginetest.NewProxy(t, enginetest.Endpoint(t))
	d, err := docker.Open(t.Context(), driver.Endpoint{URL: proxy.Endpoint()}, docker.Options{Owner: "hung"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	guard := driver.Guarding(d, driver.GuardOptions{Failures: 1, Pause: time.Hour, Cap: time.Hour})
	proxy.On("GET /containers/json", 0, enginetest.Delay(time.Hour))
	other := open(t, "hung")
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	hung := make(chan error, 1)
	go func() {
		_, err := guard.List(ctx, driver.Filter{})
		hung <- err
	}()
	for range 20 {
		if _, err := other.List(t.Context(), driver.Filter{}); err != nil {
			t.Error(err)
		}
	}
	select {
	case err := <-hung:
		t.Errorf("the host did not hang: %v", err)
	default:
	}
	if err := <-hung; !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	proxy.Calls()
	_, err = guard.List(t.Context(), driver.Filter{})
	wantError(t, err, dockerhv.ErrUnavailable)
	if calls := proxy.Calls(); len(calls) > 0 {
		t.Errorf("although it is spared it was asked %q", calls)
	}
}
