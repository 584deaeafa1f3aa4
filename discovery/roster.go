package discovery

import (
	"context"
	"maps"
	"reflect"
	"sync"

	"github.com/dockerhv/dockerhv/driver"
)

// roster is the hosts that an agent serves, each in a goroutine of its own.
type roster struct {
	agent  *Agent
	group  sync.WaitGroup
	served map[string]served
}

// served is a host that is served, or was.
type served struct {
	endpoint driver.Endpoint
	end      context.CancelCauseFunc
	ended    chan struct{} // closed when the host was disconnected
	gone     bool          // it is not to be served any more
}

// change begins or ends to serve a host.
func (r *roster) change(ctx context.Context, c Change) {
	name := c.Endpoint.String()
	before, ok := r.served[name]
	if ok && !before.gone {
		if c.Type != Gone && reflect.DeepEqual(before.endpoint, c.Endpoint) {
			return // told once more, by a watch that began anew
		}
		before.end(ErrWithdrawn)
	}
	if c.Type == Gone {
		before.gone = true
		r.served[name] = before
		r.forget()
		return
	}
	ctx, end := context.WithCancelCause(ctx)
	now := served{endpoint: c.Endpoint, end: end, ended: make(chan struct{})}
	r.served[name] = now
	r.group.Go(func() {
		defer close(now.ended)
		defer end(nil)
		if before.ended != nil {
			<-before.ended // two would tell the manager of one host
		}
		r.agent.serve(ctx, c.Endpoint)
	})
}

// forget drops the hosts that are gone and were disconnected.
func (r *roster) forget() {
	maps.DeleteFunc(r.served, func(_ string, s served) bool {
		if !s.gone || s.ended == nil {
			return s.gone
		}
		select {
		case <-s.ended:
			return true
		default:
			return false
		}
	})
}
