// Package driver is the contract between an orchestrator and one host: create,
// start, stop, restart and destroy instances, and tell what there is.
//
// # The life of an instance
//
// A [Spec] says what the instance is; its ID is the orchestrator's own. Create
// makes the instance exist on the host, at rest. Start runs its command, Stop
// asks it to end and forces it after a grace period, Restart does both, and
// Destroy removes it with all that it alone used. An instance whose command ends
// by itself is Exited and can be started again.
//
// # Rules that every driver keeps
//
//   - Calls are idempotent. Create with the same spec returns the instance that
//     is there; with another spec it is dockerhv.ErrExists and touches nothing.
//     Starting what runs, stopping what is at rest or absent, and destroying
//     what is absent are success.
//   - The state lives in the host. A driver that is opened anew finds by List
//     whatever its owner created before.
//   - A driver sees and touches only what carries its owner. Two owners on one
//     host never affect each other.
//   - Each call ends soon after its context does. What a cancelled call left
//     half-done, the same call again completes.
//   - When Create has returned, a spec's files are in the instance. What its command
//     makes of them later stays.
//   - What the host can't honour is refused before anything is created, never
//     dropped silently.
//   - All methods are safe for concurrent use. Calls for one instance are
//     serialised; a slow one delays no other instance.
//
// # Optional interfaces
//
// What a driver can do beyond the core is found with [As], which looks behind
// wrappers. Beside each optional interface stands a function that uses it, and
// falls back on the core where that is possible: [Wait], [AwaitHealthy], [Logs],
// [Events], [Pause], [Unpause], [Signal], [Resize], [SetRestart], [PlugNIC],
// [CreateNetwork], [Replace], [Retire], [Restore], [Purge], [Suspend], [Resume], [Exec],
// [Output], [Console], [CopyIn], [CopyOut], [Capture], [ReadStats], [Volumes],
// [DestroyVolume], [Dump], [ReadHealth] and [WatchHealth]. [Recover], [Plan], [Sweep] and [Audit] need the
// core alone.
package driver

import (
	"context"
	"slices"
	"time"

	"github.com/dockerhv/dockerhv/template"
)

// Driver runs instances on one host. The errors of its methods are
// *dockerhv.Error values.
type Driver interface {
	// Host describes the host as it is now.
	Host(ctx context.Context) (Host, error)
	// Images is the host's image store, into which templates are installed.
	Images() template.ImageStore
	// Create makes the instance of a spec exist, at rest.
	Create(ctx context.Context, spec Spec) (Instance, error)
	// Start runs an instance. An absent one is dockerhv.ErrNotFound.
	Start(ctx context.Context, id string) error
	// Stop ends an instance's command and returns when it has ended.
	Stop(ctx context.Context, id string, opts StopOptions) error
	// Restart stops an instance if it runs, and starts it. It keeps its addresses, but
	// those that its NICs don't ask for only where the host lets a driver ask for them.
	// An absent one is dockerhv.ErrNotFound.
	Restart(ctx context.Context, id string, opts StopOptions) error
	// Destroy removes an instance. One that runs is dockerhv.ErrConflict unless
	// the options force it.
	Destroy(ctx context.Context, id string, opts DestroyOptions) error
	// Inspect returns one instance with all its fields, or dockerhv.ErrNotFound.
	Inspect(ctx context.Context, id string) (Instance, error)
	// List returns the owner's instances that pass the filter, ordered by ID, in
	// one request to the host; Instance says which fields that leaves unset.
	List(ctx context.Context, filter Filter) ([]Instance, error)
}

// StopOptions says how to stop. The zero value gives the spec's grace.
type StopOptions struct {
	// Grace is how long the instance may take to end by itself before it is
	// killed. 0 means the spec's StopGrace; negative means kill at once. It is
	// rounded up to whole seconds.
	Grace time.Duration
	// Unhealthy tells that the instance is stopped because its health check failed; its
	// exit then has the cause ExitUnhealthy.
	Unhealthy bool
}

// DestroyOptions says how to destroy. The zero value refuses a running instance.
type DestroyOptions struct {
	// Force kills an instance that runs.
	Force bool
	// Volumes destroys the volumes, too, that were made for the instance by its Create,
	// with what is in them. One that another instance uses stays, as do all if it is not
	// set, for DestroyVolume. Volumes without a name always go with their instance.
	Volumes bool
}

// Filter selects instances. The zero value selects all of the owner's.
type Filter struct {
	// IDs selects instances by ID; empty means any.
	IDs []string
	// States selects instances by state; empty means any but Retired.
	States []State
	// Labels selects instances whose spec has all of these labels.
	Labels map[string]string
}

// Retired tells whether the filter asks for what was retired.
func (f Filter) Retired() bool { return slices.Contains(f.States, Retired) }
