package driver

import "context"

// Pauser is a driver that freezes instances in memory.
type Pauser interface {
	// Pause freezes a running instance's processes. One that is paused is success;
	// one at rest is dockerhv.ErrConflict.
	Pause(ctx context.Context, id string) error
	// Unpause lets a paused instance go on. One that runs is success; one at rest is
	// dockerhv.ErrConflict.
	Unpause(ctx context.Context, id string) error
}

// Pause freezes a running instance, as [Pauser] says.
func Pause(ctx context.Context, d Driver, id string) error {
	if p, ok := As[Pauser](d); ok {
		return p.Pause(ctx, id)
	}
	return unsupportedBy(d, "pause instance", id)
}

// Unpause lets a paused instance go on, as [Pauser] says.
func Unpause(ctx context.Context, d Driver, id string) error {
	if p, ok := As[Pauser](d); ok {
		return p.Unpause(ctx, id)
	}
	return unsupportedBy(d, "unpause instance", id)
}

// Resizer is a driver that changes the bounds of an instance that exists.
type Resizer interface {
	// Resize puts bounds in force, at once and also for an instance that runs. A zero
	// field leaves that bound as it is: taking one away needs another instance. The
	// size of the shared memory can't be changed, which is dockerhv.ErrInvalid. The
	// instance's spec, and its hash, stay those that it was created from.
	Resize(ctx context.Context, id string, r Resources) error
}

// Resize changes the bounds of an instance, as [Resizer] says.
func Resize(ctx context.Context, d Driver, id string, r Resources) error {
	if s, ok := As[Resizer](d); ok {
		return s.Resize(ctx, id, r)
	}
	return unsupportedBy(d, "resize instance", id)
}

// RestartSetter is a driver that changes when its host starts an instance again.
type RestartSetter interface {
	// SetRestart puts a restart policy in force, at once and also for an instance that
	// runs. The instance's spec, and its hash, stay those that it was created from.
	SetRestart(ctx context.Context, id string, r Restart) error
}

// SetRestart changes when the host starts an instance again, as [RestartSetter] says.
func SetRestart(ctx context.Context, d Driver, id string, r Restart) error {
	if s, ok := As[RestartSetter](d); ok {
		return s.SetRestart(ctx, id, r)
	}
	return unsupportedBy(d, "set restart policy of instance", id)
}
