package engine

import (
	"archive/tar"
	"bytes"
	"cmp"
	"context"
	"strings"

	"github.com/dockerhv/dockerhv/driver"
)

// PutFiles streams a spec's files into a container that was never started, as one
// archive, so that it takes one request. Folders that are missing the engine makes.
func (e *Engine) PutFiles(ctx context.Context, hostID string, files []driver.File) error {
	archive, err := packFiles(files)
	if err != nil {
		return e.failOwn(opCopyIn, hostID, err)
	}
	return e.CopyIn(ctx, hostID, "/", archive)
}

// packFiles packs what validation has bounded. There are no entries for folders:
// they would change the modes and owners of those that the image has.
func packFiles(files []driver.File) (*bytes.Buffer, error) {
	var archive bytes.Buffer
	w := tar.NewWriter(&archive)
	for _, f := range files {
		header := tar.Header{
			Typeflag: tar.TypeReg, Name: strings.TrimPrefix(f.Path, "/"), Size: int64(len(f.Content)),
			Mode: int64(cmp.Or(f.Mode, driver.DefaultFileMode).Perm()), Uid: f.UID, Gid: f.GID,
		}
		if err := w.WriteHeader(&header); err != nil {
			return nil, err
		}
		if _, err := w.Write(f.Content); err != nil {
			return nil, err
		}
	}
	return &archive, w.Close()
}
