package discovery

import (
	"context"
	"iter"
	"time"

	"github.com/dockerhv/dockerhv/driver"
)

// Filter is a Discoverer without the endpoints that are not wanted. Errors are passed on.
type Filter struct {
	// Discoverer finds the endpoints. Required.
	Discoverer Discoverer
	// Keep tells whether an endpoint is wanted, such as by its Labels. It is asked again
	// when the endpoint changes. Required.
	Keep func(driver.Endpoint) bool
	// Interval is how often Watch asks a Discoverer that is no Watcher; 0 means
	// DefaultWatchInterval.
	Interval time.Duration
}

var _ interface {
	Discoverer
	Watcher
} = Filter{}

// Discover yields what the Discoverer does and Keep accepts.
func (f Filter) Discover(ctx context.Context) iter.Seq2[driver.Endpoint, error] {
	return func(yield func(driver.Endpoint, error) bool) {
		for e, err := range f.Discoverer.Discover(ctx) {
			if (err != nil || f.Keep(e)) && !yield(e, err) {
				return
			}
		}
	}
}

// Watch yields the changes among the endpoints that Keep accepts. One that it accepts no
// more is gone.
func (f Filter) Watch(ctx context.Context) iter.Seq2[Change, error] {
	return func(yield func(Change, error) bool) {
		kept := make(map[string]bool)
		for c, err := range Watch(ctx, f.Discoverer, f.Interval) {
			if err == nil && !f.pass(&c, kept) {
				continue
			}
			if !yield(c, err) {
				return
			}
		}
	}
}

// pass tells whether a change is to be told, and makes it what it is to the listener.
func (f Filter) pass(c *Change, kept map[string]bool) bool {
	name := c.Endpoint.String()
	before, now := kept[name], c.Type != Gone && f.Keep(c.Endpoint)
	switch {
	case !now:
		delete(kept, name)
		c.Type = Gone
		return before
	case !before:
		kept[name] = true
		c.Type = Added
	}
	return true
}
