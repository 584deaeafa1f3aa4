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
	for h, ok := first, true; ok; {
		ask = s.take(ctx, h) || ask
		select {
		case h, ok = <-s.events:
		default:
			ok = false
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
// is asked, for nothing that runs may be told to be off.
func (s *session) confirm(ctx context.Context, id string, p Power) Power {
	if p == PowerOn || s.power[id] != PowerOn || time.Since(s.listed) > s.agent.CallTimeout {
		return p
	}
	ctx, cancel := s.bounded(ctx)
	defer cancel()
	i, err := s.driver.Inspect(ctx, id)
	switch {
	case err == nil:
		return PowerOf(i.State)
	case errors.Is(err, dockerhv.ErrNotFound):
		return PowerMissing
	}
	s.unsure = true
	return PowerUnknown
}
