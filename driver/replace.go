package driver

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/dockerhv/dockerhv"
)

// Replacer is a driver that puts another instance in the place of one, under the same
// ID, and has the old one back if the new one does not work.
type Replacer interface {
	// Replace makes the instance of the spec's ID be as the spec says, by another one in
	// its place, and runs it. The old one is removed when the new one is ready; else
	// the new one is, and the old one runs again, if it ran before, and the error says
	// why. An instance that is as the spec says already is left alone. An absent one is
	// dockerhv.ErrNotFound.
	//
	// What the old one wrote outside of its named volumes is gone with it. A call that
	// was cut off is completed by the same call.
	Replace(ctx context.Context, spec Spec, opts ReplaceOptions) (Instance, error)
}

// ReplaceOptions says how to replace. The zero value stops the old instance first.
type ReplaceOptions struct {
	// StartFirst runs the new instance beside the old one, which is stopped when the new
	// one is ready. They must not need the same port of the host or the same address:
	// then the new one can't be started, and the old one stays.
	StartFirst bool
	// Stop says how the old one is stopped.
	Stop StopOptions
	// Ready waits until the new instance is ready, and returns why it never will be. It
	// must not make a call that changes the instance. Nil means that its health check
	// passes, or, where it has none, that it still runs after Settle.
	Ready func(ctx context.Context, i Instance) error
	// Settle is how long an instance without a health check must have run; 0 means
	// DefaultSettle.
	Settle time.Duration
	// Within bounds the wait for it to be ready; 0 means DefaultReadiness.
	Within time.Duration
}

// The bounds of options that set none.
const (
	DefaultSettle    = time.Second
	DefaultReadiness = 2 * time.Minute
)

// Replace puts another instance in the place of one, as [Replacer] says.
func Replace(ctx context.Context, d Driver, spec Spec, opts ReplaceOptions) (Instance, error) {
	if r, ok := As[Replacer](d); ok {
		return r.Replace(ctx, spec, opts)
	}
	return Instance{}, unsupportedBy(d, "replace instance", spec.ID)
}

// Await waits until an instance that runs is ready, as the options say. Drivers call it.
func (o ReplaceOptions) Await(ctx context.Context, d Driver, id string) error {
	within := cmp.Or(o.Within, DefaultReadiness)
	late := fmt.Errorf("it was not ready within %v", within)
	ready, cancel := context.WithTimeoutCause(ctx, within, late)
	defer cancel()
	err := o.await(ready, d, id)
	if ctx.Err() == nil && ready.Err() != nil && err != nil {
		return &dockerhv.Error{Op: "await readiness of instance", ID: id, Class: dockerhv.ErrFailed, Err: late}
	}
	return err
}

func (o ReplaceOptions) await(ctx context.Context, d Driver, id string) error {
	i, err := d.Inspect(ctx, id)
	switch {
	case err != nil:
		return err
	case o.Ready != nil:
		return o.Ready(ctx, i)
	case i.Health.Status != CheckNone:
		return AwaitHealthy(ctx, d, id)
	}
	settle, cancel := context.WithTimeout(ctx, cmp.Or(o.Settle, DefaultSettle))
	defer cancel()
	exit, err := Wait(settle, d, id)
	switch {
	case err == nil:
		return &ExitError{exit}
	case ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded):
		return nil // it still runs
	}
	return err
}
