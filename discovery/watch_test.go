package discovery_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dockerhv/dockerhv/discovery"
	"github.com/dockerhv/dockerhv/driver"
)

// changing is a discoverer whose finds change.
type changing struct {
	mu    sync.Mutex
	found found
}

func (c *changing) set(f found) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.found = f
}

func (c *changing) Discover(ctx context.Context) iter.Seq2[driver.Endpoint, error] {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.found.Discover(ctx)
}

// TestWatch: a discoverer that can't watch is asked, and what is different told. What is
// missing while something failed is gone only after some rounds.
func TestWatch(t *testing.T) {
	broken := candidate{err: errors.New("broken")}
	a, b := candidate{url: "a"}, candidate{url: "b"}
	rounds := []struct {
		found found
		want  []string
	}{
		{found{a, broken, b, a}, []string{"added a", "error", "added b"}},
		{found{a, b}, nil},
		{found{b}, []string{"gone a"}},
		{found{broken, a}, []string{"error", "added a"}},
		{found{broken, a}, []string{"error"}},
		{found{a, broken}, []string{"error", "gone b"}},
		{nil, []string{"gone a"}},
	}
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		var d changing
		var mu sync.Mutex
		var got []string
		d.set(rounds[0].found)
		ended := make(chan error)
		go func() {
			var last error
			for c, err := range discovery.Watch(ctx, &d, 0) {
				mu.Lock()
				if last = err; err != nil {
					got = append(got, "error")
				} else {
					got = append(got, fmt.Sprintf("%s %s", c.Type, c.Endpoint))
				}
				mu.Unlock()
			}
			ended <- last
		}()
		for n, r := range rounds {
			d.set(r.found)
			if n > 0 {
				time.Sleep(discovery.DefaultWatchInterval)
			}
			synctest.Wait()
			mu.Lock()
			if diff := cmp.Diff(r.want, got); diff != "" {
				t.Errorf("round %d (-want +got):\n%s", n, diff)
			}
			got = nil
			mu.Unlock()
		}
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("the last error is %v", err)
		}
	})
}

// rotated is a discoverer of one endpoint, which has another identity from the fourth time.
type rotated struct{ asked int }

func (d *rotated) Discover(context.Context) iter.Seq2[driver.Endpoint, error] {
	return func(yield func(driver.Endpoint, error) bool) {
		identity := driver.TLS{CertFile: "/one.pem"}
		if d.asked++; d.asked > 3 {
			identity.CertFile = "/other.pem"
		}
		yield(driver.Endpoint{URL: "tcp://h:2376", TLS: &identity}, nil)
	}
}

// TestWatchChanged: another identity is a change, an equal one is none.
func TestWatchChanged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begun := time.Now()
		var got []string
		for c, err := range discovery.Watch(t.Context(), &rotated{}, time.Second) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, fmt.Sprintf("%s %v %s", c.Type, time.Since(begun), c.Endpoint.TLS.CertFile))
			if c.Type == discovery.Changed {
				break
			}
		}
		if diff := cmp.Diff([]string{"added 0s /one.pem", "changed 3s /other.pem"}, got); diff != "" {
			t.Error(diff)
		}
	})
}

func TestBackoff(t *testing.T) {
	b := discovery.Backoff{First: time.Second, Last: 5 * time.Second}
	for failed, bound := range map[int]time.Duration{1: time.Second, 2: 2 * time.Second, 3: 4 * time.Second, 4: 5 * time.Second, 1000: 5 * time.Second} {
		longest := time.Duration(0)
		for range 1000 {
			p := b.Pause(failed)
			if p < 0 || p >= bound {
				t.Fatalf("Pause(%d) = %v, want less than %v", failed, p, bound)
			}
			longest = max(longest, p)
		}
		if longest < bound*3/4 {
			t.Errorf("Pause(%d) is never more than %v: the jitter is not full", failed, longest)
		}
	}
	if p := (discovery.Backoff{}).Pause(1); p >= time.Second {
		t.Errorf("the first pause is %v", p)
	}
	if p := (discovery.Backoff{First: time.Hour}).Pause(1); p >= time.Minute {
		t.Errorf("a pause is %v, longer than the last", p)
	}
}
