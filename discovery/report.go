package discovery

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"time"

	"github.com/dockerhv/dockerhv/driver"
)

// watch tells the manager how the host is, until it is lost or the context ends. Its
// first ping comes at random within the interval, so that a fleet's are spread.
func (s *session) watch(ctx context.Context) error {
	tick := time.NewTimer(rand.N(s.agent.PingInterval)) //nolint:gosec // it spreads load, and guards nothing
	defer tick.Stop()
	for {
		var err error
		select {
		case <-ctx.Done():
			err = context.Cause(ctx)
		case h, ok := <-s.events:
			if !ok {
				return fmt.Errorf("%w: its events have ended", ErrLost)
			}
			err = s.hear(ctx, h, tick)
		case <-tick.C:
			err = s.ping(ctx, tick)
		}
		if err != nil {
			return err
		}
	}
}

// ping asks the host how it is and tells the manager. The first question without an
// answer is asked again; with the second the host is lost.
func (s *session) ping(ctx context.Context, tick *time.Timer) error {
	s.asked = time.Now()
	p, err := s.look(ctx)
	if err != nil {
		if s.failures++; s.failures > 1 {
			return fmt.Errorf("%w: %w", ErrLost, err)
		}
		tick.Reset(s.agent.CallTimeout)
		return nil
	}
	s.failures = 0
	tick.Reset(s.agent.PingInterval)
	return s.send(ctx, p)
}

// look makes a ping of what the host answers.
func (s *session) look(ctx context.Context) (Ping, error) {
	host, err := s.host(ctx)
	if err != nil {
		return Ping{}, err
	}
	p := Ping{Host: &host, Health: s.health(ctx)}
	if !s.mustList() {
		return p, nil
	}
	instances, err := s.list(ctx)
	if err != nil {
		return Ping{}, err
	}
	s.power, s.listed, s.unsure = PowerOfAll(instances), time.Now(), false
	clear(s.changed)
	p.Power, p.Full = maps.Clone(s.power), true
	return p, nil
}

// health returns how the host is, if that is wanted and can be found out in time.
func (s *session) health(ctx context.Context) *driver.Health {
	if !s.agent.Health {
		return nil
	}
	ctx, cancel := s.bounded(ctx)
	defer cancel()
	h, err := driver.ReadHealth(ctx, s.driver)
	if err != nil {
		return nil
	}
	return &h
}

func (s *session) mustList() bool {
	every := s.agent.Reconcile
	return s.deaf || s.unsure || every > 0 && time.Since(s.listed) >= every
}

// tell tells the manager what has changed, if anything has.
func (s *session) tell(ctx context.Context) error {
	if len(s.changed) == 0 {
		return nil
	}
	return s.send(ctx, Ping{})
}

// send sends a ping, with what has changed unless it is full.
func (s *session) send(ctx context.Context, p Ping) error {
	p.Endpoint = s.endpoint.String()
	if !p.Full && len(s.changed) > 0 {
		p.Power, s.changed = s.changed, make(map[string]Power)
	}
	if err := s.agent.Manager.Ping(ctx, p); err != nil {
		return fmt.Errorf("%w: its manager does not take a ping: %w", ErrLost, err)
	}
	return nil
}
