package engine

import (
	"context"
	"io"
	"strings"

	"github.com/docker/docker/api/types/container"

	"github.com/dockerhv/dockerhv"
)

const (
	opCopyIn  = "copy into instance"
	opCopyOut = "copy out of instance"
)

// HasPath returns dockerhv.ErrNotFound if a container has no file or folder there,
// or is not there itself.
func (e *Engine) HasPath(ctx context.Context, hostID, path string) error {
	_, err := e.cli.ContainerStatPath(ctx, hostID, path)
	return e.done("look for path in instance", hostID, err)
}

// CopyIn unpacks a tar archive, plain or compressed, into a folder of a container.
// It closes no reader. After a failure one Read may still be under way: a goroutine
// is left until it returns.
func (e *Engine) CopyIn(ctx context.Context, hostID, folder string, archive io.Reader) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	// Without the pipe net/http would wait for a reader that blocks.
	content, feed := io.Pipe()
	defer content.Close()
	defer context.AfterFunc(ctx, func() { _ = content.Close() })()
	go func() {
		_, err := io.Copy(feed, source{Reader: archive, fail: cancel, doing: "read the archive"})
		_ = feed.CloseWithError(err)
	}()
	// CopyUIDGID would not keep the archive's owners, as it sounds, but give all to
	// the container's user.
	err := e.cli.CopyToContainer(ctx, hostID, folder, content, container.CopyToContainerOptions{})
	if err == nil {
		return nil
	}
	if cause := context.Cause(ctx); cause != nil {
		err = cause
	}
	return e.failCopy(opCopyIn, hostID, err)
}

// failCopy makes an error of a copy that failed. A damaged archive is told in the
// words in which an image's is; what is no folder is a status 500 on Engine 20.10.
func (e *Engine) failCopy(op, hostID string, err error) error {
	failed := e.failOwn(op, hostID, err)
	if failed.Class != dockerhv.ErrFailed { //nolint:errorlint // the class itself
		return failed
	}
	if t, ok := matchText(opLoad, err.Error()); ok {
		failed.Class, failed.Next = t.class, t.next
	} else if strings.Contains(err.Error(), "not a directory") {
		failed.Class, failed.Next = dockerhv.ErrInvalid, "give a folder"
	}
	return failed
}

// CopyOut returns a file or folder of a container as a tar archive.
func (e *Engine) CopyOut(ctx context.Context, hostID, path string) (io.ReadCloser, error) {
	archive, _, err := e.cli.CopyFromContainer(ctx, hostID, path)
	if err != nil {
		return nil, e.fail(opCopyOut, hostID, err)
	}
	return archive, nil
}
