package discovery

import (
	"context"
	"errors"
	"time"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

// heard is what a host's stream of events said.
type heard struct {
	event driver.Event
	err   error
}

// listen reads a host's events until the context ends, in a goroutine of its own. A
// driver that has none gives nil.
func listen(ctx context.Context, d driver.Driver) <-chan heard {
	if _, ok := driver.As[driver.EventSource](d); !ok {
		return nil
	}
	events := make(chan heard)
	go func() {
		defer close(events)
		for e, err := range driver.Events(ctx, d) {
			select {
			case events <- heard{e, err}:
			case <-ctx.Done():
				return
			}
		}
	}()
	return events
}

// hear takes what the stream says, with all else that it has to say at once, and
// passes it on. When it broke or has a gap, the host is asked.
func (s *session) hear(ctx context.Context, first heard, tick *time.Timer) error {
	ask := false
	for h, n := first, 0; ; n++ {
		ask = s.take(ctx, h) || ask
		var more bool
		select {
		case h, more = <-s.events:
		default:
		}
		if !more || n == burst {
			break
		}
	}
	if !ask {
		return s.tell(ctx)
	}
	if since := time.Since(s.asked); since < soonest {
		tick.Reset(soonest - since) // a stream that breaks all the time
		return s.tell(ctx)
	}
	return s.ping(ctx, tick)
}

// burst is how much a host may say before the manager is told of it.
const burst = 1000

// soonest is how soon a host is asked again that has much to say.
const soonest = time.Second

// take takes one thing into account, and tells whether the host must be asked.
func (s *session) take(ctx context.Context, h heard) (ask bool) {
	if h.err != nil {
		s.deaf, s.failures = true, max(1, s.failures)
		return true
	}
	s.deaf = false
	switch e := h.event; {
	case e.Type == driver.EventGap:
		s.unsure = true
		return true
	case e.ID == "":
	case e.Type == driver.EventDestroyed:
		s.note(e.ID, s.confirm(ctx, e.ID, PowerMissing))
	case e.State != "":
		s.note(e.ID, s.confirm(ctx, e.ID, PowerOf(e.State)))
	}
	return false
}

// note keeps what has changed for the next report.
func (s *session) note(id string, p Power) {
	known, ok := s.power[id]
	if ok && known == p || !ok && p == PowerMissing {
		return
	}
	s.changed[id], s.power[id] = p, p
	if p == PowerMissing {
		delete(s.power, id)
	}
}

// confirm returns an instance's power state according to an event. An event that comes
// soon after a list may be older than it; if it says that what runs does not, the host
// is asked, for nothing that runs may be told to be off. A host that does not answer that
// is not asked again until it has answered a ping.
func (s *session) confirm(ctx context.Context, id string, p Power) Power {
	known := s.power[id]
	harmless := p == PowerOn || known != PowerOn && known != PowerUnknown
	if harmless || s.failures == 0 && time.Since(s.listed) > s.agent.CallTimeout {
		return p
	}
	if s.failures == 0 {
		i, err := s.inspect(ctx, id)
		switch {
		case err == nil:
			return PowerOf(i.State)
		case errors.Is(err, dockerhv.ErrNotFound):
			return PowerMissing
		}
	}
	s.unsure, s.failures = true, max(1, s.failures)
	return PowerUnknown
}
