package driver_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

// probes are probes whose results a test sets by their names: an error, or errHang to
// let one hang.
type probes struct {
	mu   sync.Mutex
	errs map[string]error
	runs map[string]int
}

var errHang = errors.New("hang")

func (p *probes) set(name string, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.errs == nil {
		p.errs = make(map[string]error)
	}
	p.errs[name] = err
}

func (p *probes) probe(name string) driver.Probe {
	return driver.Probe{Name: name, Run: func(ctx context.Context, _ *driver.Health) error {
		p.mu.Lock()
		if p.runs == nil {
			p.runs = make(map[string]int)
		}
		p.runs[name]++
		err := p.errs[name]
		p.mu.Unlock()
		if err == errHang {
			<-ctx.Done()
			return &dockerhv.Error{Op: name, Class: ctx.Err(), Err: context.Cause(ctx)}
		}
		return err
	}}
}

// prober is one of a vital probe "ping" and of "list".
func (p *probes) prober(opts driver.HealthOptions) *driver.Prober {
	ping := p.probe("ping")
	ping.Vital = true
	return driver.NewProber(opts, ping, p.probe("list"))
}

func said(t *testing.T, p *driver.Prober) string {
	t.Helper()
	h, err := p.Health(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if (h.Status == driver.Healthy) != (h.Reason == "") || (h.Reason == "") != (h.Detail == "") || h.Checked.IsZero() || h.Since.After(h.Checked) {
		t.Errorf("the health is %+v", h)
	}
	return fmt.Sprintf("%s %s", h.Status, h.Reason)
}

// 136, 137: a host goes from one status to another for reasons that a program can read;
// it gets worse at once, and is healthy again only after two good probes.
func TestHealth(t *testing.T) {
	refused := &dockerhv.Error{Op: "ping", Class: dockerhv.ErrDenied}
	synctest.Test(t, func(t *testing.T) {
		p := &probes{}
		prober := p.prober(driver.HealthOptions{})
		for n, step := range []struct {
			ping, list error
			want       string
		}{
			{errHang, errHang, "undetected ping_hung"},
			{refused, nil, "undetected ping_denied"},
			{nil, nil, "degraded recovering"},
			{nil, nil, "healthy "},
			{nil, errHang, "degraded list_hung"},
			{nil, away(), "degraded list_failed"},
			{nil, nil, "degraded recovering"},
			{nil, errHang, "degraded list_hung"},
			{nil, nil, "degraded recovering"},
			{nil, nil, "healthy "},
			{nil, nil, "healthy "},
			{away(), nil, "unhealthy ping_failed"},
			{errHang, errHang, "unhealthy ping_hung"},
			{nil, nil, "degraded recovering"},
			{away(), away(), "unhealthy ping_failed"},
		} {
			p.set("ping", step.ping)
			p.set("list", step.list)
			begun := time.Now()
			if got := said(t, prober); got != step.want {
				t.Errorf("step %d is %q, want %q", n, got, step.want)
			}
			if took := time.Since(begun); took > 5*time.Second {
				t.Errorf("step %d took %v", n, took)
			}
		}
	})
}

// A host that is well when it is first seen need not recover, and Since stays with the
// status.
func TestHealthAtFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		prober := (&probes{}).prober(driver.HealthOptions{})
		first, err := prober.Health(t.Context())
		if err != nil || first.Status != driver.Healthy || !first.Since.Equal(first.Checked) {
			t.Errorf("%+v, %v", first, err)
		}
		time.Sleep(time.Minute)
		second, err := prober.Health(t.Context())
		if err != nil || !second.Since.Equal(first.Since) || !second.Checked.After(first.Checked) {
			t.Errorf("%+v, %v", second, err)
		}
	})
}

// What the caller gives up, or is closed, tells nothing of the host.
func TestHealthIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &probes{}
		prober := p.prober(driver.HealthOptions{})
		p.set("ping", errHang)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if h, err := prober.Health(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%+v, %v", h, err)
		}
		p.set("ping", &dockerhv.Error{Op: "ping", Class: dockerhv.ErrClosed})
		if h, err := prober.Health(t.Context()); !errors.Is(err, dockerhv.ErrClosed) {
			t.Errorf("%+v, %v", h, err)
		}
		p.set("ping", nil)
		if got := said(t, prober); got != "healthy " {
			t.Errorf("it is %q", got)
		}
	})
}

// 141: a probe that costs much is run seldom, and only when all others are well; until
// it has succeeded the host is not healthy.
func TestHealthProbeThatIsRunSeldom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &probes{}
		costly := p.probe("canary")
		costly.Last, costly.Every, costly.Timeout = true, time.Minute, 30*time.Second
		prober := driver.NewProber(driver.HealthOptions{Recover: 1}, p.probe("list"), costly)
		p.set("list", away())
		p.set("canary", away())
		for _, step := range []struct {
			list, canary error
			want         string
			runs         int
		}{
			{away(), nil, "degraded list_failed", 0},
			{nil, away(), "degraded canary_failed", 1},
			{nil, errHang, "degraded canary_hung", 2},
			{nil, nil, "healthy ", 3},
			{nil, away(), "healthy ", 3}, // which nobody knows yet
		} {
			p.set("list", step.list)
			p.set("canary", step.canary)
			if got := said(t, prober); got != step.want || p.runs["canary"] != step.runs {
				t.Errorf("it is %q after %d runs, want %q after %d", got, p.runs["canary"], step.want, step.runs)
			}
		}
		time.Sleep(time.Minute)
		if got := said(t, prober); got != "degraded canary_failed" {
			t.Errorf("it is %q", got)
		}
	})
}

// 136, 137: who watches is told of changes alone, within a period, and nothing is probed
// once nobody watches. This is a driver of the core alone.
func TestWatchHealth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		inner := &flaky{}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var got []string
		for h, err := range driver.WatchHealth(ctx, inner, time.Second) {
			if err != nil {
				if !errors.Is(err, context.Canceled) {
					t.Error(err)
				}
				break
			}
			got = append(got, fmt.Sprintf("%s %s", h.Status, h.Reason))
			switch len(got) {
			case 1:
				inner.errs = []error{away(), away()}
			case 2:
				inner.hang = true
			case 3:
				inner.hang = false
			case 5:
				time.AfterFunc(10*time.Second, cancel)
			}
		}
		want := []string{"healthy ", "unhealthy info_failed", "unhealthy info_hung", "degraded recovering", "healthy "}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("it was told (-want +got):\n%s", diff)
		}
		asked := len(inner.attempts)
		time.Sleep(time.Minute)
		if len(inner.attempts) != asked {
			t.Errorf("it was asked %d times although nobody watched", len(inner.attempts)-asked)
		}
	})
}
