package driver

import "context"

// Retirer is a driver that sets instances aside, so that a user can have one back that
// was destroyed by mistake. What is retired the host keeps, with its files, and it
// takes room there; nothing ends that but Purge.
type Retirer interface {
	// Retire stops an instance and sets it aside: it is neither listed, unless a filter
	// asks for the state Retired, nor found by any other call but Restore and Purge, and
	// its ID is free. One that is retired is success; where another of the same ID is
	// retired already it is dockerhv.ErrConflict.
	Retire(ctx context.Context, id string, opts StopOptions) error
	// Restore brings a retired instance back, at rest. One that was is success; where the
	// ID is in use meanwhile it is dockerhv.ErrExists.
	Restore(ctx context.Context, id string) error
	// Purge destroys a retired instance for good. An absent one is success, and an
	// instance of the same ID that is not retired is left alone.
	Purge(ctx context.Context, id string) error
}

// Retire sets an instance aside, as [Retirer] says.
func Retire(ctx context.Context, d Driver, id string, opts StopOptions) error {
	if r, ok := As[Retirer](d); ok {
		return r.Retire(ctx, id, opts)
	}
	return unsupportedBy(d, "retire instance", id)
}

// Restore brings a retired instance back, as [Retirer] says.
func Restore(ctx context.Context, d Driver, id string) error {
	if r, ok := As[Retirer](d); ok {
		return r.Restore(ctx, id)
	}
	return unsupportedBy(d, "restore instance", id)
}

// Purge destroys a retired instance, as [Retirer] says.
func Purge(ctx context.Context, d Driver, id string) error {
	if r, ok := As[Retirer](d); ok {
		return r.Purge(ctx, id)
	}
	return unsupportedBy(d, "purge instance", id)
}
