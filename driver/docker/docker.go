// Package docker is the driver of a Docker host: one [Driver] is one Docker
// Engine, 20.10 (API 1.41) or newer.
//
// An instance is a container that carries its owner, its ID, the hash of its spec
// and its template's digest as labels. A network carries such labels, too, and what
// is asked for of a NIC is kept among its endpoint's options. A container that was set
// aside, by Retire or while Replace is under way, says so by its name, which an engine
// changes at once or not at all. That is all the state there is.
//
// A Driver keeps in memory which container an ID was last seen as, to save a request,
// and asks the engine again when that container is gone; and what it did to a
// container, which no engine tells: so it knows better than one that is opened later
// why a run ended and how often an instance was started again.
//
// # Logs, spans and metrics
//
// Options has who is told of what the driver does. These names are stable.
//
// A call of the driver is a span named by its operation, such as "create instance",
// in which the calls of the engine's API that it makes are spans, each named by
// method and path without version and object, such as "POST /containers/*/start".
// The latter end with the head of the engine's answer, and each is a log record,
// "api call", at level debug. Two histograms, in seconds, count and measure both:
//
//	dockerhv.driver.duration
//	dockerhv.api.duration
//
// The attributes of spans and metrics are
//
//	dockerhv.host              the endpoint's name or URL
//	dockerhv.operation         the operation or the call of the API, as above
//	dockerhv.attempt           1, or more under driver.Retrying
//	error.type                 the class of the error, as dockerhv.Outcome names it; absent if there is none
//	dockerhv.instance          the instance's ID or the image's reference; spans of the driver's calls alone
//	http.response.status_code  of an answer of the API; spans alone
//
// and the log's are host, operation, attempt, status, duration and outcome. None holds
// an argument of a call.
package docker

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/internal/cgroup"
	"github.com/dockerhv/dockerhv/internal/engine"
	"github.com/dockerhv/dockerhv/template"
)

// DefaultOwner owns the instances of a driver whose options name no owner.
const DefaultOwner = "dockerhv"

// DefaultConcurrency is how many instances a driver creates or starts at the same time
// whose options say nothing.
const DefaultConcurrency = 16

// Options says how to open a host. The zero value works.
type Options struct {
	// Owner is whose instances the driver creates, sees and touches: 1 to 63
	// letters, digits, '_' or '-', beginning with a letter or digit. Orchestrators
	// that share a host need different ones. Empty means DefaultOwner.
	Owner string
	// Policy is what the operator allows instances to do to the host; zero allows
	// nothing that reaches beyond them.
	Policy driver.Policy
	// OpenTimeout bounds Open; 0 means 2 seconds, and 20 for an ssh endpoint, whose
	// connection alone takes seconds on a slow line.
	OpenTimeout time.Duration
	// Concurrency is how many instances are created or started at the same time; more
	// wait. An engine gets slower with more, and its other calls with it. 0 means
	// DefaultConcurrency, negative means no bound.
	Concurrency int
	// KillBudget is how long the engine may take to tell of the end of an instance that
	// it has killed, after the grace; 0 means DefaultKillBudget. Then the instance is
	// killed once more, and after the same time again the call is a
	// *driver.UnkillableError.
	KillBudget time.Duration
	// Logger gets the engine's warnings and, at level debug, each call of its API; nil
	// is silent.
	Logger *slog.Logger
	// TracerProvider gets spans and MeterProvider metrics of the calls of the driver and
	// of the engine's API, by the names in the package's documentation; nil gets none.
	TracerProvider trace.TracerProvider
	MeterProvider  metric.MeterProvider
	// Audit is told, when it has ended, of each call that changes something. It may be
	// called by many at once, and the call waits for it; nil tells nobody. The context
	// has the caller's values and does not end.
	Audit func(ctx context.Context, record driver.AuditRecord)
	// Health says how the host's health is found, and Canary whether a tiny instance is
	// run for it, by an owner with "-canary" added to its name, which may then have 56
	// letters.
	Health driver.HealthOptions
	Canary driver.Canary
}

// Open is the package's Open with these options, to be given to discovery.Open.
func (o Options) Open(ctx context.Context, endpoint driver.Endpoint) (*Driver, error) {
	return Open(ctx, endpoint, o)
}

// Driver runs instances on one Docker Engine. Make one with [Open].
type Driver struct {
	engine  *engine.Engine
	owner   string
	policy  driver.Policy
	logger  *slog.Logger
	audit   func(context.Context, driver.AuditRecord)
	locks   engine.Locks
	slots   slots
	seen    hostIDs
	pulse   *pulse
	watcher *watcher
	gauges  *gauges
	cgroups *cgroup.Reader // nil of an engine that is no process of this machine's
	usage   usage
	// patience is how long a name is asked for that cannot be looked at.
	patience time.Duration
	lives    lives
	// killBudget is the options'.
	killBudget time.Duration
	// opened is when this driver was opened, by the engine's clock.
	opened time.Time
	// life is until Close, and failures are what went wrong before.
	life     engine.Lifetime
	prober   *driver.Prober
	failures driver.Failures
	// host is the last fingerprint, against which specs are checked.
	host atomic.Pointer[driver.Host]
}

var (
	_ driver.Driver = (*Driver)(nil)

	_ driver.NICPlugger     = (*Driver)(nil)
	_ driver.NetworkManager = (*Driver)(nil)

	_ driver.Waiter        = (*Driver)(nil)
	_ driver.HealthWaiter  = (*Driver)(nil)
	_ driver.EventSource   = (*Driver)(nil)
	_ driver.LogReader     = (*Driver)(nil)
	_ driver.Pauser        = (*Driver)(nil)
	_ driver.Signaler      = (*Driver)(nil)
	_ driver.Resizer       = (*Driver)(nil)
	_ driver.RestartSetter = (*Driver)(nil)
	_ driver.Planner       = (*Driver)(nil)
	_ driver.Replacer      = (*Driver)(nil)
	_ driver.Retirer       = (*Driver)(nil)
	_ driver.Suspender     = (*Driver)(nil)
	_ driver.Execer        = (*Driver)(nil)
	_ driver.Consoler      = (*Driver)(nil)
	_ driver.Copier        = (*Driver)(nil)
	_ driver.Capturer      = (*Driver)(nil)
	_ driver.StatsReader   = (*Driver)(nil)
	_ driver.Dumper        = (*Driver)(nil)

	_ driver.HealthReader     = (*Driver)(nil)
	_ driver.CapabilityReader = (*Driver)(nil)
	_ driver.VolumeManager    = (*Driver)(nil)
)

// No dot: a container is named owner.ID, and the first dot must part them.
var ownerPattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$`)

// Open connects to the engine of an endpoint, agrees on an API version and
// describes the host. An engine that can't be reached is
// dockerhv.ErrUnavailable, as is one that does not answer in time, one that refuses us
// dockerhv.ErrDenied, one that is too old matches errors.ErrUnsupported.
func Open(ctx context.Context, endpoint driver.Endpoint, opts Options) (*Driver, error) {
	if opts.Owner == "" {
		opts.Owner = DefaultOwner
	}
	if err := opts.validate(); err != nil {
		return nil, &dockerhv.Error{Op: "open host", Host: endpoint.String(), Err: err}
	}
	timeout := opts.openTimeout(endpoint)
	bounded, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	d, err := open(bounded, endpoint, opts)
	if err != nil && bounded.Err() != nil && ctx.Err() == nil {
		return nil, &dockerhv.Error{
			Op: "open host", Host: endpoint.String(), Class: dockerhv.ErrUnavailable,
			Err:  fmt.Errorf("it did not describe itself within %v: %v", timeout, err), //nolint:errorlint // the caller's time is not over
			Next: "check the host, or raise Options.OpenTimeout",
		}
	}
	return d, err
}

func open(ctx context.Context, endpoint driver.Endpoint, opts Options) (*Driver, error) {
	e, err := engine.Open(ctx, endpoint, engine.Telemetry{
		Logger: opts.Logger, TracerProvider: opts.TracerProvider, MeterProvider: opts.MeterProvider,
	})
	if err != nil {
		return nil, err
	}
	d := newDriver(e, opts)
	host, err := d.Host(ctx)
	if err != nil {
		_ = e.Close()
		return nil, err
	}
	d.opened = host.Time
	return d, nil
}

// The first description of a host must come soon, for whoever discovers hosts waits
// for it.
const (
	openTimeout    = 2 * time.Second
	openTimeoutSSH = 20 * time.Second
)

func (o Options) openTimeout(endpoint driver.Endpoint) time.Duration {
	switch {
	case o.OpenTimeout > 0:
		return o.OpenTimeout
	case strings.HasPrefix(endpoint.URL, "ssh:"):
		return openTimeoutSSH
	}
	return openTimeout
}

func (o Options) validate() error {
	canary := ""
	if o.Canary.Image != "" {
		canary = canaryOwner
	}
	if !ownerPattern.MatchString(o.Owner + canary) {
		return &dockerhv.FieldError{Field: "owner", Reason: fmt.Sprintf("use 1 to %d letters, digits, '_' or '-'", 63-len(canary))}
	}
	return nil
}

// newDriver makes a driver, which knows nothing of the host yet.
func newDriver(e *engine.Engine, opts Options) *Driver {
	d := &Driver{
		engine: e, owner: opts.Owner, policy: opts.Policy, logger: opts.Logger, audit: opts.Audit,
		patience: patience, killBudget: cmp.Or(opts.KillBudget, DefaultKillBudget), slots: newSlots(opts.Concurrency),
	}
	if d.logger == nil {
		d.logger = slog.New(slog.DiscardHandler)
	}
	if e.Local() {
		d.cgroups = cgroup.New()
	}
	d.watcher, d.gauges, d.pulse, d.prober = newWatcher(d), newGauges(e), newPulse(e), d.newProber(opts)
	return d
}

// Close ends the driver's connections, its readers of events and of logs, and the
// calls that are under way, which fail with dockerhv.ErrClosed as all later ones do;
// what they left half-done, the same call to a driver opened anew completes.
// Instances go on running. It may be called again, and returns nil.
func (d *Driver) Close() error {
	// A call that is ending may have something to take back, for which it needs the engine.
	d.life.End(func() { _ = d.engine.Close() })
	d.watcher.close()
	d.gauges.close()
	return nil
}

// Host describes the host as it is now. Later specs are checked against it.
func (d *Driver) Host(ctx context.Context) (_ driver.Host, err error) {
	ctx, end := d.read(ctx, "describe host", "")
	defer end(&err)
	host, err := d.engine.Host(ctx)
	if err != nil {
		return driver.Host{}, givenUp(ctx, err)
	}
	kept := host.Clone()
	d.host.Store(&kept)
	return host, nil
}

// Images is the engine's image store. It is a template.Puller, a Loader, an Exporter, a
// Tagger, a BuildDialer, a Describer, a BuildDescriber and a Sharer.
func (d *Driver) Images() template.ImageStore {
	return images{Images: engine.Images{Engine: d.engine}, driver: d}
}
