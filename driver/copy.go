package driver

import (
	"context"
	"io"
)

// Copier is a driver that copies files into and out of instances, which need not run.
type Copier interface {
	// CopyIn unpacks a tar archive, plain or gzip, into a folder of the instance,
	// which must exist. Modes and owners are the archive's.
	CopyIn(ctx context.Context, id, folder string, archive io.Reader) error
	// CopyOut returns a file or folder of the instance as a tar archive, whose names
	// begin with the path's last element. The caller closes it. A path that is not
	// there is dockerhv.ErrNotFound.
	CopyOut(ctx context.Context, id, path string) (io.ReadCloser, error)
}

// CopyIn copies files into an instance, as [Copier] says.
func CopyIn(ctx context.Context, d Driver, id, folder string, archive io.Reader) error {
	if c, ok := As[Copier](d); ok {
		return c.CopyIn(ctx, id, folder, archive)
	}
	return unsupportedBy(d, "copy into instance", id)
}

// CopyOut copies files out of an instance, as [Copier] says.
func CopyOut(ctx context.Context, d Driver, id, path string) (io.ReadCloser, error) {
	if c, ok := As[Copier](d); ok {
		return c.CopyOut(ctx, id, path)
	}
	return nil, unsupportedBy(d, "copy out of instance", id)
}
