package buildkit

import (
	"cmp"
	"context"
	"errors"
	"io"
	"sync"
)

// output is the way of an image from a BuildKit that stands alone into a store: as
// an archive that is nowhere on a disk. The zero value is of a BuildKit that keeps
// the image itself.
type output struct {
	ctx  context.Context //nolint:containedctx // BuildKit's client calls open and Close without one
	load func(context.Context, io.Reader) error

	mu     sync.Mutex
	writer *io.PipeWriter
	done   chan struct{}
	err    error // of load; to be read after done
}

// errAbandoned ends an archive of a build that failed.
var errAbandoned = errors.New("the build has ended before its image was whole")

// open is called by BuildKit's client when the image is about to come.
func (o *output) open(map[string]string) (io.WriteCloser, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.writer != nil {
		return nil, errors.New("the image comes twice")
	}
	reader, writer := io.Pipe()
	o.writer, o.done = writer, make(chan struct{})
	go func() {
		defer close(o.done)
		if o.err = o.load(o.ctx, reader); o.err == nil {
			_, _ = io.Copy(io.Discard, reader) // padding, which a store need not read
		}
		_ = reader.CloseWithError(cmp.Or(o.err, io.ErrClosedPipe))
	}()
	return o, nil
}

// Write passes on a part of the archive.
func (o *output) Write(p []byte) (int, error) { return o.writer.Write(p) }

// Close ends the archive and returns when the store has it.
func (o *output) Close() error {
	_ = o.writer.Close()
	<-o.done
	return o.err
}

// abandon makes sure that nothing goes on. An archive that was not closed ends with an
// error, so that the store registers nothing.
func (o *output) abandon() {
	o.mu.Lock()
	writer := o.writer
	o.mu.Unlock()
	if writer == nil {
		return
	}
	_ = writer.CloseWithError(errAbandoned)
	<-o.done
}

// failure is what the store said, if it is why a build failed.
func (o *output) failure() error {
	o.mu.Lock()
	done := o.done
	o.mu.Unlock()
	if done == nil {
		return nil
	}
	select {
	case <-done:
		return o.err
	default:
		return nil
	}
}
