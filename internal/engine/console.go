package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/docker/docker/api/types/container"

	"github.com/dockerhv/dockerhv/driver"
)

const opConsole = "open console of instance"

// errDetached ends a console whose input has ended.
var errDetached = errors.New("the input has ended")

// Streams tells how a container's command is connected.
type Streams struct{ TTY, Stdin bool }

// Streams looks at a container, and tells how its command is connected.
func (e *Engine) Streams(ctx context.Context, hostID string) (driver.Instance, Streams, error) {
	c, err := e.inspect(ctx, hostID)
	if err != nil {
		return driver.Instance{}, Streams{}, err
	}
	return readInspect(c), Streams{TTY: c.Config.Tty, Stdin: c.Config.OpenStdin}, nil
}

// Console connects to a container's command until that ends, the input ends, which
// detaches, the context does or the connection breaks. The end of the command and
// some breaks look alike: the container's state tells.
func (e *Engine) Console(ctx context.Context, hostID string, tty bool, o driver.ConsoleOptions) (detached bool, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	path := fmt.Sprintf("/v%s/containers/%s/attach?%s", e.cli.ClientVersion(), hostID, attachQuery(o))
	conn, err := e.hijack(ctx, path, "tcp", nil, http.Header{"Content-Type": {"application/json"}})
	if err != nil {
		return false, e.fail(opConsole, hostID, err)
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	go e.resizeConsole(ctx, hostID, o)
	if o.Stdin != nil {
		go func() {
			if _, err := io.Copy(conn, source{Reader: o.Stdin, fail: cancel, doing: "read its input"}); err == nil {
				cancel(errDetached)
			}
		}()
	}
	err = show(conn, tty, o)
	switch cause := context.Cause(ctx); {
	case errors.Is(cause, errDetached):
		return true, nil
	case cause != nil:
		err = cause // the reason why the connection was closed
	}
	if err != nil {
		return false, e.failOwn(opConsole, hostID, err)
	}
	return false, nil
}

func attachQuery(o driver.ConsoleOptions) string {
	query := url.Values{"stream": {"1"}, "stdout": {"1"}, "stderr": {"1"}, "detachKeys": {detachKeys}}
	if o.Stdin != nil {
		query.Set("stdin", "1")
	}
	return query.Encode()
}

// show writes the output until its end.
func show(conn io.Reader, tty bool, o driver.ConsoleOptions) error {
	chunks := chunkReader{conn: conn, tty: tty, buffer: make([]byte, frameBuffer)}
	for {
		stream, data, err := chunks.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		to := o.Stdout
		if stream == 2 {
			to = o.Stderr
		}
		if to == nil {
			continue
		}
		if _, err := to.Write(data); err != nil {
			return ownError{"write its output", err}
		}
	}
}

// resizeConsole passes on the terminal's sizes until the context ends. A size that the
// engine refuses is of a command that has just ended.
func (e *Engine) resizeConsole(ctx context.Context, hostID string, o driver.ConsoleOptions) {
	set := func(s driver.WindowSize) {
		_ = e.cli.ContainerResize(ctx, hostID, container.ResizeOptions{Height: uint(s.Rows), Width: uint(s.Columns)})
	}
	if o.Size != (driver.WindowSize{}) {
		set(o.Size)
	}
	for {
		select {
		case size, ok := <-o.Resize:
			if !ok {
				return
			}
			set(size)
		case <-ctx.Done():
			return
		}
	}
}
