// Package docker is the driver of a Docker host: one [Driver] is one Docker
// Engine, 20.10 (API 1.41) or newer.
//
// An instance is a container that carries its owner, its ID, the hash of its spec
// and its template's digest as labels. A network carries such labels, too, and what
// is asked for of a NIC is kept among its endpoint's options; that is all the state
// there is. A Driver keeps in memory only which container an ID was last seen as, to
// save a request, and asks the engine again when that container is gone.
package docker

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"regexp"
	"sync/atomic"
	"time"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/internal/engine"
	"github.com/dockerhv/dockerhv/template"
)

// DefaultOwner owns the instances of a driver whose options name no owner.
const DefaultOwner = "dockerhv"

// Options says how to open a host. The zero value works.
type Options struct {
	// Owner is whose instances the driver creates, sees and touches: 1 to 63
	// letters, digits, '_' or '-', beginning with a letter or digit. Orchestrators
	// that share a host need different ones. Empty means DefaultOwner.
	Owner string
	// Policy is what the operator allows instances to do to the host; zero allows
	// nothing that reaches beyond them.
	Policy driver.Policy
	// KillBudget is how long the engine may take to tell of the end of an instance that
	// it has killed, after the grace; 0 means DefaultKillBudget. Then the instance is
	// killed once more, and after the same time again the call is a
	// *driver.UnkillableError.
	KillBudget time.Duration
	// Logger gets the engine's warnings; nil is silent.
	Logger *slog.Logger
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
	locks   locks
	seen    hostIDs
	watcher *watcher
	gauges  *gauges
	usage   usage
	lives   lives
	// killBudget is the options'.
	killBudget time.Duration
	// opened is when this driver was opened, by the engine's clock.
	opened time.Time
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
	_ driver.StatsReader   = (*Driver)(nil)

	_ driver.VolumeManager = (*Driver)(nil)
)

// No dot: a container is named owner.ID, and the first dot must part them.
var ownerPattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$`)

// Open connects to the engine of an endpoint, agrees on an API version and
// describes the host. An engine that can't be reached is
// dockerhv.ErrUnavailable, one that refuses us dockerhv.ErrDenied, one that is
// too old matches errors.ErrUnsupported.
func Open(ctx context.Context, endpoint driver.Endpoint, opts Options) (*Driver, error) {
	if opts.Owner == "" {
		opts.Owner = DefaultOwner
	}
	if !ownerPattern.MatchString(opts.Owner) {
		return nil, &dockerhv.Error{Op: "open host", Host: endpoint.String(), Err: &dockerhv.FieldError{
			Field: "owner", Reason: "use 1 to 63 letters, digits, '_' or '-'",
		}}
	}
	e, err := engine.Open(ctx, endpoint)
	if err != nil {
		return nil, err
	}
	d := &Driver{engine: e, owner: opts.Owner, policy: opts.Policy, logger: opts.Logger}
	d.killBudget = cmp.Or(opts.KillBudget, DefaultKillBudget)
	d.watcher, d.gauges = newWatcher(d), newGauges(e)
	if d.logger == nil {
		d.logger = slog.New(slog.DiscardHandler)
	}
	host, err := d.Host(ctx)
	if err != nil {
		_ = e.Close()
		return nil, err
	}
	d.opened = host.Time
	return d, nil
}

// Close ends the driver's connections and its readers of events. Instances go on
// running. It may be called again.
func (d *Driver) Close() error {
	d.watcher.close()
	d.gauges.close()
	return d.engine.Close()
}

// errClosed is what readers get whose driver is closed.
func errClosed() error {
	return &dockerhv.Error{Class: dockerhv.ErrUnavailable, Err: errors.New("the driver is closed"), Next: "open it again"}
}

// Host describes the host as it is now. Later specs are checked against it.
func (d *Driver) Host(ctx context.Context) (driver.Host, error) {
	host, err := d.engine.Host(ctx)
	if err != nil {
		return driver.Host{}, givenUp(ctx, err)
	}
	d.host.Store(&host)
	return host, nil
}

// Images is the engine's image store. It is a template.Puller, a Loader, a Tagger, a
// BuildDialer, a Describer and a Sharer.
func (d *Driver) Images() template.ImageStore { return engine.Images{Engine: d.engine} }
