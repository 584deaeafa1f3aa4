package engine

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/containerd/errdefs/pkg/errhttp"
	"github.com/docker/docker/api/types"
	"github.com/docker/docker/api/types/container"
)

// closeWriter is a connection whose one half can be closed.
type closeWriter interface {
	net.Conn
	CloseWrite() error
}

// attach starts the command and returns the connection of its input and output.
func (x *Exec) attach(ctx context.Context) (closeWriter, error) {
	body, err := json.Marshal(container.ExecStartOptions{Tty: x.command.TTY, ConsoleSize: x.startSize()})
	if err != nil {
		return nil, err
	}
	return x.engine.attach(ctx, "/exec/"+x.id+"/start", body)
}

// attach makes a call whose answer is the connection of a command's input and output.
// The context closes it while the engine has not answered.
//
// The client's own way to do that hides what a refusing engine says, and is bound
// to no context.
func (e *Engine) attach(ctx context.Context, path string, body []byte) (closeWriter, error) {
	raw, err := e.cli.Dialer()(ctx)
	if err != nil {
		return nil, err
	}
	conn, ok := raw.(closeWriter)
	if !ok {
		_ = raw.Close()
		return nil, fmt.Errorf("a connection of type %T can't end a command's input", raw)
	}
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	reader, err := e.upgrade(ctx, conn, path, body)
	if err != nil {
		_ = conn.Close()
		return nil, err
	}
	return bufferedConn{closeWriter: conn, reader: reader}, nil
}

// upgrade asks the engine to make the command's stream of the connection.
func (e *Engine) upgrade(ctx context.Context, conn net.Conn, path string, body []byte) (*bufio.Reader, error) {
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetKeepAliveConfig(net.KeepAliveConfig{Enable: true, Idle: 30 * time.Second, Interval: 10 * time.Second, Count: 3})
	}
	url := fmt.Sprintf("http://docker/v%s%s", e.cli.ClientVersion(), path)
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header = http.Header{
		"Content-Type": {"application/json"}, "User-Agent": {"dockerhv"},
		"Connection": {"Upgrade"}, "Upgrade": {"tcp"},
	}
	if err := request.Write(conn); err != nil {
		return nil, err
	}
	reader := bufio.NewReaderSize(conn, frameBuffer)
	response, err := http.ReadResponse(reader, request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusSwitchingProtocols {
		return nil, refusal(response)
	}
	return reader, nil
}

// startSize is the size once more: engines take it with the start, not before.
func (x *Exec) startSize() *[2]uint {
	if x.engine.apiBefore("1.42") {
		return nil
	}
	return consoleSize(x.command)
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

// bufferedConn reads what came with the engine's answer first.
type bufferedConn struct {
	closeWriter
	reader *bufio.Reader
}

func (c bufferedConn) Read(p []byte) (int, error) { return c.reader.Read(p) }

// Local tells whether the engine's socket is in this machine's file system. It may
// be a tunnel's: it is a hint of where to look, and no proof.
func (e *Engine) Local() bool { return strings.HasPrefix(e.endpoint.URL, "unix:") }
