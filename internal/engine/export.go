package engine

import (
	"context"
	"errors"
	"io"

	"github.com/containerd/errdefs"
)

const opExport = "export image"

// Export returns the engine's own archive of an image: before Engine 25 a docker-archive,
// since then an OCI archive that is a docker-archive, too.
func (s Images) Export(ctx context.Context, ref string) (io.ReadCloser, error) {
	archive, err := s.cli.ImageSave(ctx, []string{ref})
	if err != nil {
		if _, absent := s.cli.ImageInspect(ctx, ref); errdefs.IsNotFound(absent) {
			err = absent // of an ID, Engine 20.10 says what file it can't open
		}
		return nil, s.fail(opExport, ref, err)
	}
	return &exported{archive, func(err error) error { return s.fail(opExport, ref, err) }}, nil
}

// exported gives an archive that breaks off an error of the host's, so that it is not
// taken for one that is damaged.
type exported struct {
	io.ReadCloser
	fail func(error) error
}

func (e *exported) Read(p []byte) (int, error) {
	n, err := e.ReadCloser.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = e.fail(err)
	}
	return n, err
}
