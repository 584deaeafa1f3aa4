package docker

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/internal/engine"
)

const (
	// gaugeIdle is how long an instance goes on being measured that nobody asks for.
	gaugeIdle = 30 * time.Second
	// gaugeFresh is how old a measurement may be. An engine of hundreds of instances
	// takes seconds for a round; a stream of which no more comes is broken.
	gaugeFresh = 10 * time.Second
)

// errStopped ends a stream that nobody wanted any more, or that was broken.
var errStopped = errors.New("not measured any more")

// gauges keeps a stream of measurements for each container that was asked for
// lately. Make it with newGauges.
type gauges struct {
	engine *engine.Engine
	ended  sync.WaitGroup

	mu     sync.Mutex
	open   map[string]*gauge // by container ID
	closed bool

	idle, fresh time.Duration // gaugeIdle and gaugeFresh
}

// gauge is the stream of one container.
type gauge struct {
	stop context.CancelFunc
	idle *time.Timer // stops it

	mu    sync.Mutex
	next  chan struct{} // closed when something of the below has changed
	stats driver.Stats
	heard time.Time // when stats came, by our clock
	over  bool
	err   error // why it is over; nil when the container stopped
}

func newGauges(e *engine.Engine) *gauges {
	return &gauges{engine: e, open: make(map[string]*gauge), idle: gaugeIdle, fresh: gaugeFresh}
}

// read returns the newest measurement of a container, and waits for the first. One
// that does not run has none.
func (g *gauges) read(ctx context.Context, hostID string) (stats driver.Stats, ok bool, err error) {
	for {
		one := g.gauge(ctx, hostID)
		if one == nil {
			return driver.Stats{}, false, errClosed()
		}
		stats, ok, err = one.read(ctx, g.fresh)
		if !errors.Is(err, errStopped) {
			return stats, ok, err
		}
	}
}

func (o *gauge) read(ctx context.Context, fresh time.Duration) (stats driver.Stats, ok bool, err error) {
	for {
		o.mu.Lock()
		next, stats, heard, over, err := o.next, o.stats, o.heard, o.over, o.err
		o.mu.Unlock()
		if over || time.Since(heard) < fresh {
			return stats, !over, err
		}
		select {
		case <-next:
		case <-time.After(fresh):
			o.stop() // it is broken, and another is opened
		case <-ctx.Done():
			return driver.Stats{}, false, ctx.Err()
		}
	}
}

// gauge returns the stream of a container, and opens it where there is none.
func (g *gauges) gauge(ctx context.Context, hostID string) *gauge {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return nil
	}
	if one, ok := g.open[hostID]; ok {
		one.idle.Reset(g.idle)
		return one
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(ctx)) // it serves later calls, too
	one := &gauge{stop: stop, idle: time.AfterFunc(g.idle, stop), next: make(chan struct{})}
	g.open[hostID] = one
	g.ended.Go(func() { g.watch(ctx, hostID, one) })
	return one
}

// watch reads a stream until its container stops or nobody wants it any more.
func (g *gauges) watch(ctx context.Context, hostID string, one *gauge) {
	err := g.engine.WatchStats(ctx, hostID, func(stats driver.Stats) {
		one.change(func() { one.stats, one.heard = stats, time.Now() })
	})
	if ctx.Err() != nil {
		err = errStopped
	}
	one.idle.Stop()
	one.stop()
	g.mu.Lock()
	delete(g.open, hostID)
	g.mu.Unlock()
	one.change(func() { one.over, one.err = true, err })
}

func (o *gauge) change(set func()) {
	o.mu.Lock()
	defer o.mu.Unlock()
	set()
	close(o.next)
	o.next = make(chan struct{})
}

// close ends all streams for good, and returns when they have ended.
func (g *gauges) close() {
	g.mu.Lock()
	g.closed = true
	for _, one := range g.open {
		one.stop()
	}
	g.mu.Unlock()
	g.ended.Wait()
}
