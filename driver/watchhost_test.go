package driver_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

// changing is a host that a test changes.
type changing struct {
	driver.Driver
	mu   sync.Mutex
	host driver.Host
	err  error
	hang bool
}

// change changes it, after a time.
func (c *changing) change(after time.Duration, how func()) {
	time.AfterFunc(after, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		how()
	})
}

func (c *changing) Host(ctx context.Context) (driver.Host, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.hang {
		c.mu.Unlock()
		defer c.mu.Lock()
		<-ctx.Done()
		return driver.Host{}, ctx.Err()
	}
	return c.host, c.err
}

// 135: a fingerprint comes at once or an error does, within 2 seconds, and then when
// something has changed that is not always changing.
func TestWatchHost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		c := &changing{hang: true}
		begun := time.Now()
		var told []string
		for h, err := range driver.WatchHost(ctx, c, time.Second) {
			switch {
			case errors.Is(err, context.Canceled):
				told = append(told, "ended")
			case errors.Is(err, dockerhv.ErrUnavailable) && !errors.Is(err, context.DeadlineExceeded):
				told = append(told, "away")
			default:
				told = append(told, h.Version)
			}
			switch len(told) {
			case 1:
				if took := time.Since(begun); took > 2*time.Second {
					t.Errorf("the first word came after %v", took)
				}
				c.change(5*time.Second, func() { c.hang, c.host = false, driver.Host{Version: "1"} })
			case 2:
				c.change(time.Second, func() { c.host.Time, c.host.Running, c.host.Capacity.DiskFree = time.Now(), 7, driver.Measure(1) })
				c.change(5*time.Second, func() { c.host.Version = "2" })
			case 3:
				c.change(0, func() { c.err = away() })
			case 4:
				c.change(5*time.Second, func() { c.err, c.host.Warnings = nil, []string{"so"} })
			case 5:
				time.AfterFunc(5*time.Second, cancel)
			}
		}
		if diff := cmp.Diff([]string{"away", "1", "2", "away", "2", "ended"}, told); diff != "" {
			t.Errorf("it was told (-want +got):\n%s", diff)
		}
	})
}
