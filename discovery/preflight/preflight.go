// Package preflight looks a host over before an orchestrator takes it: ordered checks,
// each with what to do about what it finds, and a plan of the set-up that mends what a
// file or a package can mend. It is what CloudStack's cloud-setup-agent does for a
// hypervisor, and its order is that tool's.
//
//	report := preflight.Options{Open: discovery.Opener(docker.Options{}.Open)}.Check(ctx, endpoint)
//	report.WriteTable(os.Stdout)
//
// A check passes, warns (instances run, and something of theirs will not be as it should),
// fails (the host must not be taken) or is skipped, and says why. One that rests on another
// which failed is skipped. Nothing is changed on a host that is checked, and each question
// to it has its bound.
//
// [Options.Admit] makes an agent refuse hosts that fail, as its Preflight. [Options.Gather]
// and [Judge] are the two halves of a check: what is asked, and what is thought of it.
//
// A [Setup] plans what to change on this machine: it shows the [Plan] as a difference of
// files, applies it whole or not at all, and has nothing to do the second time.
package preflight

import (
	"cmp"
	"context"
	"net/http"
	"net/netip"
	"time"

	"github.com/dockerhv/dockerhv/driver"
)

// Options says what a host must have. The zero value asks for what any instance needs.
type Options struct {
	// Open opens a driver for an endpoint; discovery.Opener makes it of a driver's own. A
	// driver that has Close is closed after the check. Required by Check and Gather.
	Open func(context.Context, driver.Endpoint) (driver.Driver, error)
	// Timeout bounds each question; 0 means 10 seconds.
	Timeout time.Duration

	// MinMemory is how much memory the engine must be able to use, in bytes; 0 means 1 GiB.
	MinMemory int64
	// MinDisk is how much room there must be for images and what instances write, in
	// bytes; 0 means 5 GiB. MinInodes is how many files; 0 means 100 000.
	MinDisk   int64
	MinInodes int64
	// MaxClockSkew is how far the clocks may differ; 0 means 5 seconds.
	MaxClockSkew time.Duration
	// DiskQuota has a host without quotas warned of, whose instances can't have a bound of
	// what they write.
	DiskQuota bool
	// Networks are the cloud's own, which the engine's networks must not overlap.
	Networks []netip.Prefix
	// Registries are the registries, as host or host:port, that must answer this machine;
	// nil means that none is asked.
	Registries []string
	// ID is the engine's ID as it was when the host was registered, which must be the same
	// still; empty means that it never was.
	ID string
	// Known tells by ID which host of the fleet an engine is already, by its name; an
	// engine that is one already is refused under another. Nil means none.
	Known map[string]string

	// ConfigFile is the engine's configuration on this machine; empty means
	// /etc/docker/daemon.json, which is that of an engine that runs as root.
	ConfigFile string
	// Lookup resolves a name; nil means as this machine's programs do.
	Lookup func(ctx context.Context, name string) ([]string, error)
	// HTTP asks registries; nil means a client of the check's own, by the environment's
	// proxy.
	HTTP *http.Client
}

// DefaultConfigFile is where an engine that runs as root has its configuration.
const DefaultConfigFile = "/etc/docker/daemon.json"

// complete fills in what is zero.
func (o Options) complete() Options {
	o.Timeout = cmp.Or(o.Timeout, 10*time.Second)
	o.MinMemory = cmp.Or(o.MinMemory, 1<<30)
	o.MinDisk = cmp.Or(o.MinDisk, 5<<30)
	o.MinInodes = cmp.Or(o.MinInodes, 100_000)
	o.MaxClockSkew = cmp.Or(o.MaxClockSkew, 5*time.Second)
	o.ConfigFile = cmp.Or(o.ConfigFile, DefaultConfigFile)
	if o.Lookup == nil {
		o.Lookup = lookup
	}
	return o
}

// Check looks over the host at an endpoint. A host that does not answer is a report, too.
func (o Options) Check(ctx context.Context, e driver.Endpoint) Report {
	return Judge(o.Gather(ctx, e), o)
}

// CheckDriver looks over the host of a driver that is open.
func (o Options) CheckDriver(ctx context.Context, d driver.Driver, host driver.Host) Report {
	return Judge(o.gatherOpen(ctx, d, host), o)
}

// Admit refuses a host that fails a check: it is discovery.Agent's Preflight. Its error is
// Report.Err's.
func (o Options) Admit(ctx context.Context, d driver.Driver, host driver.Host) error {
	return o.CheckDriver(ctx, d, host).Err()
}
