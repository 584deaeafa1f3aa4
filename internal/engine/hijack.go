package engine

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/containerd/errdefs/pkg/errhttp"
	"github.com/docker/docker/api/types"
	"github.com/docker/docker/client"
)

// closeWriter is a connection whose one half can be closed.
type closeWriter interface {
	net.Conn
	CloseWrite() error
}

// hijack makes a call of the API whose connection becomes a stream in both
// directions. The context ends it while the engine has not answered, and the
// engine's lifetime for good.
//
// The client's own way to do that hides what a refusing engine says, is bound to no
// context, and tells others of the call than it is told to.
func (e *Engine) hijack(ctx context.Context, path, proto string, body []byte, header http.Header) (closeWriter, error) {
	ctx, tell := e.transport.observer.apiCall(ctx, callName(http.MethodPost, path))
	conn, status, err := e.upgrade(ctx, path, proto, body, header)
	switch {
	case err == nil || status != 0:
		tell(statusOutcome(status), status)
	default:
		tell(outcome(err), 0)
	}
	return conn, err
}

// upgrade is hijack without telling. The status is that of the answer, if there is one.
func (e *Engine) upgrade(
	ctx context.Context, path, proto string, body []byte, header http.Header,
) (_ closeWriter, status int, err error) {
	conn, err := e.dialRaw(ctx)
	if err != nil {
		return nil, 0, err
	}
	release := e.transport.life.Hold(func() { _ = conn.Close() })
	bound := boundConn{closeWriter: conn, reader: bufio.NewReaderSize(conn, frameBuffer), release: sync.OnceFunc(release)}
	defer func() {
		if err != nil {
			_ = bound.Close()
			if e.transport.life.Ended() {
				err = ErrClosed()
			}
		}
	}()
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://docker"+path, bytes.NewReader(body))
	if err != nil {
		return nil, 0, err
	}
	for name, values := range header {
		request.Header[http.CanonicalHeaderKey(name)] = values
	}
	request.Header.Set("User-Agent", userAgent)
	request.Header.Set("Connection", "Upgrade")
	request.Header.Set("Upgrade", proto)
	if err := request.Write(conn); err != nil {
		return nil, 0, err
	}
	response, err := http.ReadResponse(bound.reader, request)
	if err != nil {
		return nil, 0, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusSwitchingProtocols {
		return nil, response.StatusCode, refusal(response)
	}
	return bound, response.StatusCode, nil
}

// dialRaw connects to the engine, as long as the context lasts.
func (e *Engine) dialRaw(ctx context.Context) (closeWriter, error) {
	raw, err := e.dialConn(ctx)
	if err != nil {
		return nil, err
	}
	conn, ok := raw.(closeWriter)
	if !ok {
		_ = raw.Close()
		return nil, fmt.Errorf("a connection of type %T can't end its input", raw)
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetKeepAliveConfig(net.KeepAliveConfig{Enable: true, Idle: 30 * time.Second, Interval: 10 * time.Second, Count: 3})
	}
	return conn, nil
}

func (e *Engine) dialConn(ctx context.Context) (net.Conn, error) {
	if e.tls == nil {
		return e.cli.Dialer()(ctx)
	}
	host, err := client.ParseHostURL(e.endpoint.URL) // the client's own dialer of TLS is bound to no context
	if err != nil {
		return nil, err
	}
	return (&tls.Dialer{Config: e.tls}).DialContext(ctx, "tcp", host.Host)
}

// refusal is an answer of the API that is an error.
func refusal(response *http.Response) error {
	var said types.ErrorResponse
	text, _ := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	if json.Unmarshal(text, &said) != nil || said.Message == "" {
		said.Message = fmt.Sprintf("%s %s", response.Status, bytes.TrimSpace(text))
	}
	return fmt.Errorf("%s%w", said.Message, silent{errhttp.ToNative(response.StatusCode)})
}

// silent is an error that counts for errors.Is alone.
type silent struct{ error }

func (silent) Error() string   { return "" }
func (s silent) Unwrap() error { return s.error }

// boundConn reads what came with the engine's answer first, and is held by the
// engine's lifetime until it is closed.
type boundConn struct {
	closeWriter
	reader  *bufio.Reader
	release func()
}

func (c boundConn) Read(p []byte) (int, error) { return c.reader.Read(p) }

func (c boundConn) Close() error {
	err := c.closeWriter.Close()
	c.release()
	return err
}
