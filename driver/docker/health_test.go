package docker_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/driver/docker"
	"github.com/dockerhv/dockerhv/internal/enginetest"
)

// expectHealth watches a host's health, and compares what it is told with what it ought to
// be; before each further one it does the next of the steps.
func expectHealth(t *testing.T, d driver.Driver, period time.Duration, want []string, steps ...func()) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	var got []string
	for h, err := range driver.WatchHealth(ctx, d, period) {
		if err != nil {
			t.Errorf("%v; it was told %q", err, got)
			break
		}
		t.Logf("%s %s: %s", h.Status, h.Reason, h.Detail)
		got = append(got, fmt.Sprintf("%s %s", h.Status, h.Reason))
		if len(got) == len(want) || got[len(got)-1] != want[len(got)-1] {
			break
		}
		if h.Reason != driver.ReasonRecovering {
			steps[0]()
			steps = steps[1:]
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("it was told (-want +got):\n%s", diff)
	}
}

// probed opens the engine through a proxy, with a short patience of its probes.
func probed(t *testing.T, owner string) (*enginetest.Proxy, *docker.Driver) {
	t.Helper()
	proxy := enginetest.NewProxy(t, enginetest.Endpoint(t))
	d, err := docker.Open(t.Context(), driver.Endpoint{URL: proxy.Endpoint()}, docker.Options{
		Owner: owner, Health: driver.HealthOptions{Timeout: 3 * time.Second},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return proxy, d
}

// 136, 137: an engine that answers a ping but not a list or a create is degraded, and the
// reason says which, within two periods.
func TestHealthNamesTheCallThatHangs(t *testing.T) {
	const period = 4 * time.Second
	for name, tc := range map[string]struct{ call, want string }{
		"list":   {"GET /containers/json", "degraded list_hung"},
		"create": {"POST /containers/create", "degraded create_hung"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			proxy, d := probed(t, "hanging-"+name)
			var begun time.Time
			expectHealth(t, d, period, []string{"healthy ", tc.want, "degraded recovering", "healthy "}, func() {
				begun = time.Now()
				proxy.On(tc.call, 0, enginetest.Delay(time.Minute))
			}, func() {
				if took := time.Since(begun); took > 2*period {
					t.Errorf("it took %v to be told, want two periods of %v at most", took, period)
				}
				if proxy.Pending() != 0 {
					t.Error("the fault hit nothing")
				}
			})
		})
	}
}

// 136: what an engine says of its own failure is a reason as well.
func TestHealthOfAnEngineThatFails(t *testing.T) {
	proxy, d := probed(t, "failing")
	at := func(call string, status int) func() {
		return func() { proxy.On(call, 0, enginetest.Answer(status)) }
	}
	expectHealth(t, d, 200*time.Millisecond, []string{
		"healthy ", "degraded create_failed", "degraded list_failed", "unhealthy ping_failed", "degraded info_denied",
		"degraded recovering", "healthy ",
	},
		at("POST /containers/create", http.StatusInternalServerError),
		at("GET /containers/json", http.StatusServiceUnavailable),
		at("HEAD /_ping", http.StatusInternalServerError),
		at("GET /info", http.StatusForbidden),
		func() {},
	)
	if proxy.Pending() != 0 {
		t.Error("a fault hit nothing")
	}
}

// 110, 136: nobody is asked while nobody wants to know, and one look costs six calls.
func TestHealthCostsNothingUnasked(t *testing.T) {
	proxy, d := probed(t, "unasked")
	for _, err := range driver.WatchHealth(t.Context(), d, time.Millisecond) {
		if err != nil {
			t.Error(err)
		}
		break
	}
	proxy.Calls()
	time.Sleep(500 * time.Millisecond)
	if calls := proxy.Calls(); len(calls) > 0 {
		t.Errorf("although nobody watches, it called %q", calls)
	}
	if h, err := driver.ReadHealth(t.Context(), d); err != nil || h.Status != driver.Healthy {
		t.Errorf("%+v, %v", h, err)
	}
	want := []string{"GET /containers/json", "GET /info", "GET /networks/*", "GET /version", "HEAD /_ping", "POST /containers/create"}
	if diff := cmp.Diff(want, slices.Sorted(slices.Values(proxy.Calls()))); diff != "" {
		t.Errorf("one look (-want +got):\n%s", diff)
	}
}

// 136, 137: an engine that is stopped, killed and started again is unhealthy meanwhile.
func TestHealthOfAnEngineThatIsAway(t *testing.T) {
	e, _, _ := private(t, nil)
	d, err := docker.Open(t.Context(), driver.Endpoint{URL: e.Endpoint()}, docker.Options{
		Health: driver.HealthOptions{Timeout: 3 * time.Second},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	signal := func(s syscall.Signal) func() {
		return func() {
			if err := e.Signal(s); err != nil {
				t.Error(err)
			}
		}
	}
	expectHealth(t, d, 500*time.Millisecond, []string{
		"healthy ", "unhealthy ping_hung", "degraded recovering", "healthy ",
		"unhealthy ping_failed", "degraded recovering", "healthy ",
	}, signal(syscall.SIGSTOP), signal(syscall.SIGCONT), e.Kill, func() {
		if err := e.Restart(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// 140: a clock that is off and the engine's warnings are told, and leave the status
// alone. The proxy sets the clock, for an engine has the machine's.
func TestClockSkewAndWarnings(t *testing.T) {
	proxy, d := probed(t, "skew")
	host, err := d.Host(t.Context())
	if err != nil || host.ClockSkew != 0 {
		t.Errorf("the same machine's clock is off by %v (%v)", host.ClockSkew, err)
	}
	for _, skew := range []time.Duration{time.Hour, -time.Hour} {
		proxy.On("GET /info", 0, enginetest.Rewrite(func(body []byte) []byte {
			var info map[string]any
			if err := json.Unmarshal(body, &info); err != nil {
				t.Error(err)
			}
			info["SystemTime"] = time.Now().Add(skew).Format(time.RFC3339Nano)
			info["Warnings"] = []string{"WARNING: it is a test"}
			edited, err := json.Marshal(info)
			if err != nil {
				t.Error(err)
			}
			return edited
		}))
		h, err := driver.ReadHealth(t.Context(), d)
		if off := (h.ClockSkew - skew).Abs(); err != nil || off > 30*time.Second || h.Status != driver.Healthy {
			t.Errorf("the health is %+v, %v; want a clock that is off by %v", h, err, skew)
		}
		if diff := cmp.Diff([]string{"WARNING: it is a test"}, h.Warnings); diff != "" {
			t.Errorf("warnings (-want +got):\n%s", diff)
		}
	}
	if proxy.Pending() != 0 {
		t.Error("the rewriting hit nothing")
	}
}

// 141: a host is healthy when it can run a canary, of which nothing is left.
func TestCanary(t *testing.T) {
	image := busybox(t, open(t, "mine"))
	o := observe("mine")
	o.options.Canary = driver.Canary{Image: image.ID}
	d, err := docker.Open(t.Context(), driver.Endpoint{URL: enginetest.Endpoint(t)}, o.options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	for range 2 { // the second takes the first's word for it
		if h, err := driver.ReadHealth(t.Context(), d); err != nil || h.Status != driver.Healthy {
			t.Errorf("the health is %+v, %v", h, err)
		}
	}
	var told []string
	for _, r := range o.records {
		told = append(told, r.Owner+": "+r.Operation+" "+r.Outcome)
	}
	want := []string{
		"mine-canary: create instance ok", "mine-canary: start instance ok", "mine-canary: exec in instance ok",
		"mine-canary: destroy instance ok",
	}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Errorf("the canary's life (-want +got):\n%s", diff)
	}
	o.options.Canary.Exec = []string{"false"}
	lame, err := docker.Open(t.Context(), driver.Endpoint{URL: enginetest.Endpoint(t)}, o.options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = lame.Close() })
	if h, err := driver.ReadHealth(t.Context(), lame); err != nil || h.Status != driver.Degraded || h.Reason != "canary_failed" {
		t.Errorf("the health is %+v, %v", h, err)
	}
}
