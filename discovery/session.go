package discovery

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

// session is one connection to a host, from its opening to its end. One goroutine
// makes all of its calls, beside one that listens to the host's events.
type session struct {
	agent    *Agent
	endpoint driver.Endpoint
	driver   driver.Driver
	events   <-chan heard // nil if the driver has none

	registered, ready bool

	power    map[string]Power // what the manager knows, or will by what has changed
	changed  map[string]Power // what it has yet to be told
	listed   time.Time        // when the host was last listed
	asked    time.Time        // when the host was last asked how it is
	deaf     bool             // events can't be heard
	unsure   bool             // some may have been missed: the next ping lists the host
	failures int              // questions in a row that got no answer
}

// run serves the host until it is lost or the context ends. The manager is told of the
// end if it was told of the host.
func (s *session) run(ctx context.Context) error {
	d, err := s.open(ctx)
	if err != nil {
		return err
	}
	s.driver = d
	defer closeDriver(d)
	listening, stop := context.WithCancel(ctx)
	defer stop()
	if err = s.register(ctx, listening); err == nil {
		s.agent.Logger.InfoContext(ctx, "host ready", "host", s.endpoint.String())
		err = s.watch(ctx)
	}
	stop()
	s.disconnect(ctx, err)
	s.deafen()
	return err
}

func (s *session) open(ctx context.Context) (driver.Driver, error) {
	ctx, cancel := s.bounded(ctx)
	defer cancel()
	return s.agent.Open(ctx, s.endpoint)
}

// register looks the host over and tells the manager of it. Events are listened to
// before the host is listed, so that none is missed in between.
func (s *session) register(ctx, listening context.Context) error {
	host, err := s.host(ctx)
	if err != nil {
		return err
	}
	if s.agent.Preflight != nil {
		if err := s.agent.Preflight(ctx, s.driver, host); err != nil {
			return fmt.Errorf("preflight of %s: %w", s.endpoint, err)
		}
	}
	s.events = listen(listening, s.driver)
	s.deaf = s.events == nil
	instances, err := s.list(ctx)
	if err != nil {
		return err
	}
	if err := s.agent.Manager.Register(ctx, Registration{
		Endpoint: s.endpoint, Host: host, Driver: s.driver, Instances: instances,
	}); err != nil {
		return fmt.Errorf("register %s: %w", s.endpoint, err)
	}
	s.registered = true
	s.power, s.changed, s.listed = PowerOfAll(instances), make(map[string]Power), time.Now()
	s.unsure = true // nobody tells when the first events can be heard
	if err := s.agent.Manager.Ready(ctx, s.endpoint.String()); err != nil {
		return fmt.Errorf("make %s ready: %w", s.endpoint, err)
	}
	s.ready = true
	return nil
}

func (s *session) host(ctx context.Context) (driver.Host, error) {
	ctx, cancel := s.bounded(ctx)
	defer cancel()
	return s.driver.Host(ctx)
}

func (s *session) list(ctx context.Context) ([]driver.Instance, error) {
	ctx, cancel := s.bounded(ctx)
	defer cancel()
	return s.driver.List(ctx, driver.Filter{})
}

func (s *session) inspect(ctx context.Context, id string) (driver.Instance, error) {
	ctx, cancel := s.bounded(ctx)
	defer cancel()
	return s.driver.Inspect(ctx, id)
}

// bounded is the context of one question to the host.
func (s *session) bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, s.agent.CallTimeout, errSilent)
}

var errSilent = fmt.Errorf("%w: the host did not answer in time", dockerhv.ErrUnavailable)

// deafen waits until nobody listens to the host any more.
func (s *session) deafen() {
	if s.events == nil {
		return
	}
	for h := range s.events {
		_ = h // said too late
	}
}

// disconnect tells the manager that the host is not heard any more, and why, even if
// it is the end of the agent.
func (s *session) disconnect(ctx context.Context, err error) {
	if !s.registered {
		return
	}
	if ctx.Err() != nil {
		err = ErrShutdown
		if cause := context.Cause(ctx); errors.Is(cause, ErrWithdrawn) {
			err = cause
		}
	} else if !errors.Is(err, ErrLost) {
		err = fmt.Errorf("%w: %w", ErrLost, err)
	}
	s.agent.Logger.InfoContext(ctx, "host disconnected", "host", s.endpoint.String(), "cause", err)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.agent.PingInterval)
	defer cancel()
	if failed := s.agent.Manager.Disconnect(ctx, s.endpoint.String(), err); failed != nil {
		s.agent.failed(ctx, s.endpoint, fmt.Errorf("disconnect %s: %w", s.endpoint, failed))
	}
}

// close gives the driver up, if it has to be.
func closeDriver(d driver.Driver) {
	if c, ok := driver.As[io.Closer](d); ok {
		_ = c.Close() // the host is lost, or was left in order
	}
}
