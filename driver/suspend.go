package driver

import "context"

// Suspender is a driver that writes instances to its host's disk, with their memory,
// and has them go on from there.
type Suspender interface {
	// Suspend writes a running instance's processes and memory to the host's disk and
	// ends them. One that is suspended is success; one that does not run is
	// dockerhv.ErrConflict. A host that can't do it is errors.ErrUnsupported, and the
	// error names what it lacks.
	Suspend(ctx context.Context, id string) error
	// Resume lets a suspended instance go on where it was. One that runs is success; one
	// that was not suspended is dockerhv.ErrConflict, as is one that was started since:
	// Start begins anew, and what was written is of no use after that.
	Resume(ctx context.Context, id string) error
}

// Suspend writes an instance to disk, as [Suspender] says.
func Suspend(ctx context.Context, d Driver, id string) error {
	if s, ok := As[Suspender](d); ok {
		return s.Suspend(ctx, id)
	}
	return unsupportedBy(d, "suspend instance", id)
}

// Resume lets a suspended instance go on, as [Suspender] says.
func Resume(ctx context.Context, d Driver, id string) error {
	if s, ok := As[Suspender](d); ok {
		return s.Resume(ctx, id)
	}
	return unsupportedBy(d, "resume instance", id)
}
