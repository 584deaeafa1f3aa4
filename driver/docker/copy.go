package docker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"sync"

	"github.com/dockerhv/dockerhv"
)

// CopyIn unpacks a tar archive into a folder of an instance, which need not run.
// A file in the place of a folder, or the other way round, is refused. It does not
// wait for other calls for the instance, nor they for it. The archive is read to
// its end or to the first error, and not closed; a Read that blocks when the
// context ends is not waited for.
func (d *Driver) CopyIn(ctx context.Context, id, folder string, archive io.Reader) (err error) {
	const op = "copy into instance"
	ctx, end := d.change(ctx, op, id)
	defer end(&err)
	hostID, err := d.findPath(ctx, op, id, "folder", folder)
	if err != nil {
		return err
	}
	return d.name(op, id, givenUp(ctx, d.engine.CopyIn(ctx, hostID, folder, archive)))
}

// CopyOut returns a file or folder of an instance, which need not run, as a tar
// archive. A symbolic link is not followed. The context ends the reading.
func (d *Driver) CopyOut(ctx context.Context, id, file string) (io.ReadCloser, error) {
	const op = "copy out of instance"
	ctx, end := d.read(ctx, op, id)
	var archive io.ReadCloser
	err := validatePath("path", file)
	if err != nil {
		err = d.name(op, id, err)
	} else {
		err = d.do(ctx, op, id, func(hostID string) (err error) {
			archive, err = d.engine.CopyOut(ctx, hostID, file)
			return d.explainPath(ctx, hostID, file, err)
		})
	}
	if err != nil {
		end(&err)
		return nil, err
	}
	return &archiveReader{
		ReadCloser: archive,
		fail: func(err error) error {
			return d.name(op, id, &dockerhv.Error{Class: cancelled(ctx), Err: err})
		},
		end: sync.OnceFunc(func() { end(&err) }),
	}, nil
}

// findPath returns the container of an instance that has the path. An archive can
// be sent only once, so that this is known before.
func (d *Driver) findPath(ctx context.Context, op, id, field, file string) (found string, err error) {
	if err := validatePath(field, file); err != nil {
		return "", d.name(op, id, err)
	}
	err = d.do(ctx, op, id, func(hostID string) error {
		found = hostID
		return d.explainPath(ctx, hostID, file, d.engine.HasPath(ctx, hostID, file))
	})
	return found, err
}

// explainPath tells a path that is not there from an instance that is not.
func (d *Driver) explainPath(ctx context.Context, hostID, file string, err error) error {
	if !errors.Is(err, dockerhv.ErrNotFound) {
		return err
	}
	if _, inspectErr := d.engine.Inspect(ctx, hostID); inspectErr != nil {
		return inspectErr
	}
	return &dockerhv.Error{
		Class: dockerhv.ErrNotFound, Err: fmt.Errorf("the instance has no %s", file), Next: "check the path",
	}
}

func validatePath(field, file string) error {
	if !path.IsAbs(file) || strings.ContainsRune(file, 0) {
		return &dockerhv.FieldError{Field: field, Reason: fmt.Sprintf("%q is no absolute path", file)}
	}
	return nil
}

// archiveReader is a call that ends when it is closed. It names what breaks a copy
// off, so that it is not taken for its end.
type archiveReader struct {
	io.ReadCloser
	fail func(error) error
	end  func()
}

func (r *archiveReader) Read(p []byte) (int, error) {
	n, err := r.ReadCloser.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = r.fail(err)
	}
	return n, err
}

func (r *archiveReader) Close() error {
	err := r.ReadCloser.Close()
	r.end()
	return err
}

// cancelled is the class of what broke off: the driver's, the context's, or the host's.
func cancelled(ctx context.Context) error {
	switch {
	case errors.Is(context.Cause(ctx), dockerhv.ErrClosed):
		return dockerhv.ErrClosed
	case ctx.Err() != nil:
		return ctx.Err()
	}
	return dockerhv.ErrUnavailable
}
