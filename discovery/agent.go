package discovery

import (
	"cmp"
	"context"
	"log/slog"
	"time"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

// Agent keeps a manager informed of a fleet of hosts. For each endpoint that its
// discoverer finds it opens a driver, looks the host over, registers it, and then
// tells how it is, until it is lost; then it tries again. Hosts are served side by
// side: one that hangs delays no other.
//
// Power states are told in full when a host is registered and after each gap in its
// events, and as they change in between. What changes comes from the driver's
// events, so that the number of instances does not matter to a quiet host.
//
// It is a value: fill in Discoverer, Open and Manager, and call Run.
type Agent struct {
	// Discoverer finds the endpoints; see [Watch]. Required.
	Discoverer Discoverer
	// Open opens a driver for an endpoint; [Opener] makes it of a driver's own. A driver
	// that has Close is closed when its host was disconnected. Required.
	Open func(context.Context, driver.Endpoint) (driver.Driver, error)
	// Manager is who is told. Required.
	Manager AgentManager
	// Preflight looks a host over before it is registered, such as package preflight's
	// Options.Admit; an error refuses it until the next try. Nil means that any host is
	// taken.
	Preflight func(context.Context, driver.Driver, driver.Host) error

	// Health has each ping tell how the host is, too, as driver.ReadHealth does, which
	// finds hosts that answer and do not work. It costs the host a few requests more.
	Health bool

	// PingInterval is how often a host tells how it is; 0 means 1 minute, CloudStack's
	// ping.interval.
	PingInterval time.Duration
	// CallTimeout bounds each question to a host; 0 means a quarter of the interval. Two
	// that fail in a row, that far apart, mean that the host is lost.
	CallTimeout time.Duration
	// Reconcile is how often a host whose events come without a gap is listed all the
	// same, in case its driver lost one; 0 means 10 minutes, negative means never.
	Reconcile time.Duration
	// WatchInterval is how often a Discoverer that is no [Watcher] is asked; 0 means
	// DefaultWatchInterval.
	WatchInterval time.Duration
	// Backoff is how long to wait before a host that was lost is tried again.
	Backoff Backoff

	// Failed is told of each candidate that can't be made an endpoint, and of each host
	// that was refused or lost, whose endpoint is zero for the former. It may be called
	// by many at once. Nil means that nobody wants to know.
	Failed func(endpoint driver.Endpoint, err error)
	// Logger is told of hosts that come and go; nil is silent.
	Logger *slog.Logger
}

// The agent's defaults; those of a cloud are CloudStack's.
const (
	DefaultPingInterval = time.Minute
	DefaultReconcile    = 10 * time.Minute
)

// Opener makes an Agent's Open of a driver's own, such as docker.Options.Open.
func Opener[D driver.Driver](open func(context.Context, driver.Endpoint) (D, error)) func(context.Context, driver.Endpoint) (driver.Driver, error) {
	return func(ctx context.Context, e driver.Endpoint) (driver.Driver, error) {
		d, err := open(ctx, e)
		if err != nil {
			return nil, err // not d, which may be a nil of its type
		}
		return d, nil
	}
}

// Run serves the fleet until the context ends, and then disconnects every host in
// order. It returns the context's cause, or at once an error if the agent is not
// filled in.
func (a Agent) Run(ctx context.Context) error {
	if err := a.check(); err != nil {
		return err
	}
	a.complete()
	r := roster{agent: &a, served: make(map[string]served)}
	defer r.group.Wait()
	for failed := 1; ctx.Err() == nil; failed++ {
		for change, err := range Watch(ctx, a.Discoverer, a.WatchInterval) {
			switch {
			case ctx.Err() != nil:
			case err != nil:
				a.failed(ctx, driver.Endpoint{}, err)
			default:
				failed = 0
				r.change(ctx, change)
			}
		}
		rest(ctx, a.Backoff.Pause(max(1, failed))) // a watch that ended by itself is begun anew
	}
	return &dockerhv.Error{Op: "run agent", Class: ctx.Err(), Err: context.Cause(ctx)}
}

func (a Agent) check() error {
	missing := func(field string) error {
		return &dockerhv.Error{Op: "run agent", Err: &dockerhv.FieldError{Field: field, Reason: "is required"}}
	}
	switch {
	case a.Discoverer == nil:
		return missing("discoverer")
	case a.Open == nil:
		return missing("open")
	case a.Manager == nil:
		return missing("manager")
	}
	return nil
}

func (a *Agent) complete() {
	a.PingInterval = cmp.Or(a.PingInterval, DefaultPingInterval)
	a.CallTimeout = cmp.Or(a.CallTimeout, max(1, a.PingInterval/4))
	a.Reconcile = cmp.Or(a.Reconcile, DefaultReconcile)
	if a.Logger == nil {
		a.Logger = slog.New(slog.DiscardHandler)
	}
}

// failed tells of an endpoint that could not be served.
func (a *Agent) failed(ctx context.Context, endpoint driver.Endpoint, err error) {
	a.Logger.WarnContext(ctx, "host failed", "host", endpoint.String(), "error", err)
	if a.Failed != nil {
		a.Failed(endpoint, err)
	}
}

// serve keeps a host connected until the context ends.
func (a *Agent) serve(ctx context.Context, endpoint driver.Endpoint) {
	for failed := 1; ctx.Err() == nil; failed++ {
		s, begun := session{agent: a, endpoint: endpoint}, time.Now()
		err := s.run(ctx)
		if ctx.Err() != nil {
			return
		}
		if s.ready && time.Since(begun) > a.PingInterval {
			failed = 1 // and not for one that is lost as soon as it is found
		}
		a.failed(ctx, endpoint, err)
		rest(ctx, a.Backoff.Pause(failed))
	}
}

// rest waits, or until the context ends.
func rest(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
