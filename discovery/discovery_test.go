package discovery_test

import (
	"context"
	"errors"
	"iter"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/discovery"
	"github.com/dockerhv/dockerhv/driver"
)

// candidate is what a discoverer yields.
type candidate struct {
	url string
	err error
}

// found is a discoverer of candidates that are known before.
type found []candidate

func (f found) Discover(context.Context) iter.Seq2[driver.Endpoint, error] {
	return func(yield func(driver.Endpoint, error) bool) {
		for _, c := range f {
			if !yield(driver.Endpoint{URL: c.url}, c.err) {
				return
			}
		}
	}
}

// opened is the driver of an endpoint.
type opened struct {
	driver.Driver
	url string
}

func TestOpen(t *testing.T) {
	broken := errors.New("the context prod is broken")
	tests := []struct {
		name       string
		candidates found
		want       string   // the endpoint that is opened; empty for an error
		tried      []string // the endpoints
		class      error
		text       string
	}{
		{name: "the first answers", candidates: found{{url: "up-1"}, {url: "up-2"}}, want: "up-1", tried: []string{"up-1"}},
		{name: "the second answers", candidates: found{{url: "down-1"}, {url: "up-2"}}, want: "up-2", tried: []string{"down-1", "up-2"}},
		{name: "a broken one before", candidates: found{{err: broken}, {url: "up-2"}}, want: "up-2", tried: []string{"up-2"}},
		{
			name: "nothing found", class: dockerhv.ErrNotFound,
			text: "discover hosts: there is no Docker Engine here; install and start one, or say where it is with DOCKER_HOST",
		},
		{
			name: "one fails", candidates: found{{url: "down-1"}}, tried: []string{"down-1"}, class: dockerhv.ErrUnavailable,
			text: "open host on down-1: unavailable",
		},
		{name: "one is broken", candidates: found{{err: broken}}, class: broken, text: "the context prod is broken"},
		{
			name: "all fail", candidates: found{{url: "down-1"}, {err: broken}, {url: "down-2"}},
			tried: []string{"down-1", "down-2"}, class: dockerhv.ErrUnavailable,
			text: "open a host: open host on down-1: unavailable; the context prod is broken; open host on down-2: unavailable",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var tried []string
			got, err := discovery.Open(t.Context(), tt.candidates, func(_ context.Context, e driver.Endpoint) (*opened, error) {
				tried = append(tried, e.URL)
				return open(e)
			})
			if diff := cmp.Diff(tt.tried, tried); diff != "" {
				t.Errorf("tried (-want +got):\n%s", diff)
			}
			if tt.want != "" {
				if err != nil || got == nil || got.url != tt.want {
					t.Errorf("Open = %v, %v, want %s", got, err, tt.want)
				}
				return
			}
			if got != nil || !errors.Is(err, tt.class) {
				t.Fatalf("Open = %v, %v, want no driver and a %q", got, err, tt.class)
			}
			if diff := cmp.Diff(tt.text, err.Error()); diff != "" {
				t.Errorf("text (-want +got):\n%s", diff)
			}
		})
	}
}

// TestOpenAllTold: each candidate's own error is found in the one of all.
func TestOpenAllTold(t *testing.T) {
	first, second := errors.New("first"), errors.New("second")
	_, err := discovery.Open(t.Context(), found{{err: first}, {err: second}}, func(context.Context, driver.Endpoint) (*opened, error) {
		return nil, errors.New("not called")
	})
	if !errors.Is(err, first) || !errors.Is(err, second) {
		t.Errorf("Open = %v, want both", err)
	}
}

// TestOpenCancelled: after the caller gave up, no further candidate is tried.
func TestOpenCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	tried := 0
	_, err := discovery.Open(ctx, found{{url: "a"}, {url: "b"}}, func(ctx context.Context, _ driver.Endpoint) (*opened, error) {
		tried++
		cancel()
		return nil, ctx.Err()
	})
	if tried != 1 || !errors.Is(err, context.Canceled) {
		t.Errorf("Open tried %d candidates and returns %v", tried, err)
	}
}

func open(e driver.Endpoint) (*opened, error) {
	if e.URL[:2] == "up" {
		return &opened{url: e.URL}, nil
	}
	return nil, &dockerhv.Error{Op: "open host", Host: e.URL, Class: dockerhv.ErrUnavailable}
}

func TestPowerOf(t *testing.T) {
	for state, want := range map[driver.State]discovery.Power{
		driver.Created: discovery.PowerOff, driver.Running: discovery.PowerOn, driver.Paused: discovery.PowerOn,
		driver.Restarting: discovery.PowerOn, driver.Exited: discovery.PowerOff, driver.Removing: discovery.PowerOff,
		driver.Dead: discovery.PowerOff, driver.Unknown: discovery.PowerUnknown, "": discovery.PowerUnknown,
	} {
		if got := discovery.PowerOf(state); got != want {
			t.Errorf("PowerOf(%q) = %s, want %s", state, got, want)
		}
	}
}
