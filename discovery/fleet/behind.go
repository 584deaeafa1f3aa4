package fleet

import (
	"context"
	"fmt"
	"time"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/discovery"
)

// Run notices hosts that are behind with their reports, which are in alert then, until
// the context ends, whose cause it returns. It looks four times an interval.
func (m *Manager) Run(ctx context.Context) error {
	tick := time.NewTicker(max(1, m.opts.PingInterval/4))
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			m.inspect()
		case <-ctx.Done():
			return &dockerhv.Error{Op: "run fleet", Class: ctx.Err(), Err: context.Cause(ctx)}
		}
	}
}

// inspect looks at all hosts once.
func (m *Manager) inspect() {
	m.mu.Lock()
	defer m.mu.Unlock()
	patience := time.Duration(m.opts.BehindFactor * float64(m.opts.PingInterval))
	for _, h := range m.hosts {
		switch {
		case h.status.Heard() && time.Since(h.heard) > patience:
			_ = m.happen(h, discovery.EventPingTimeout, fmt.Errorf("%w: it told nothing for %v", discovery.ErrLost, patience))
		case h.status == discovery.StatusDisconnected && time.Since(h.since) > m.opts.AlertWait:
			_ = m.happen(h, discovery.EventWaitedTooLong, h.cause)
		}
	}
}
