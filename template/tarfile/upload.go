package tarfile

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"io"
	"sync/atomic"
	"time"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/template"
)

// grace is how long a store may take to register an image whose installation was
// given up meanwhile, and how long cleaning up after that may take.
const grace = 30 * time.Second

// errStopped is what writing returns when the store has stopped reading.
var errStopped = errors.New("the store stopped reading")

// errAbandoned ends the archive that a store reads when its image is not wanted.
var errAbandoned = errors.New("the image is there already")

// upload is an archive on its way into a store. It ends with commit or abort: only
// commit lets the store see an archive that ends well.
type upload struct {
	archive *tar.Writer
	broken  error // why writing to the store failed

	pipe      *pipe
	cancel    context.CancelFunc
	stop      func() bool
	committed atomic.Bool
	done      chan struct{}
	err       error // of Load; to be read after done
}

// startUpload lets the loader read on a goroutine of its own, which ends before
// commit or abort return.
func startUpload(ctx context.Context, loader template.Loader) *upload {
	loading, cancel := context.WithCancel(context.WithoutCancel(ctx))
	u := &upload{pipe: newPipe(), cancel: cancel, done: make(chan struct{})}
	u.archive = tar.NewWriter(u)
	u.stop = context.AfterFunc(ctx, func() { u.giveUp(context.Cause(ctx)) })
	go func() {
		defer close(u.done)
		u.err = loader.Load(loading, u.pipe)
		u.pipe.leave(errStopped)
	}()
	return u
}

// Write writes to the store, and remembers why it failed.
func (u *upload) Write(p []byte) (int, error) {
	n, err := u.pipe.Write(p)
	if err != nil {
		u.broken = err
	}
	return n, err
}

// commit writes what the store is told of the image, and waits until that is
// registered.
func (u *upload) commit(documents []file) error {
	u.committed.Store(true)
	var err error
	for _, d := range documents {
		if err == nil {
			err = u.write(d)
		}
	}
	if err == nil {
		err = u.archive.Close()
	}
	if err != nil {
		u.abort(err)
		return u.failure()
	}
	u.pipe.finish(io.EOF)
	<-u.done
	if u.pipe.unread() > 0 {
		return u.failure()
	}
	return u.err
}

func (u *upload) write(f file) error {
	return copyFile(u.archive, f.name, int64(len(f.content)), bytes.NewReader(f.content))
}

// abort ends the archive with an error, so that the store registers nothing.
func (u *upload) abort(cause error) {
	u.pipe.finish(cause)
	u.cancel()
	<-u.done
}

// giveUp aborts when the caller has no more time. An archive that is complete can
// no longer be taken back from the store, which may register its image even when
// the request is canceled: so that gets a moment to end, and can then be removed.
func (u *upload) giveUp(cause error) {
	u.pipe.finish(cause)
	if u.committed.Load() {
		select {
		case <-u.done:
		case <-time.After(grace):
		}
	}
	u.cancel()
}

// failure says why a store ended an upload before its end.
func (u *upload) failure() error {
	if u.err != nil {
		return u.err
	}
	return &dockerhv.Error{Class: dockerhv.ErrFailed, Err: errStopped, Next: "look into the host's log"}
}

// release frees what an upload holds.
func (u *upload) release() {
	u.stop()
	u.cancel()
}
