package enginetest

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// errLost ends a connection without an answer.
var errLost = errors.New("lost by the proxy")

// RoundTrip passes a call on to the engine. It is the proxy's own: use Endpoint.
func (p *Proxy) RoundTrip(r *http.Request) (*http.Response, error) {
	fault := p.match(r)
	defer p.answered(r, fault)
	switch fault.kind { //nolint:exhaustive // the others come before or after the engine
	case loseRequest:
		return nil, errLost
	case instead:
		fault.then()
		return nil, errLost
	case before:
		fault.then()
	case look:
		fault.look(r)
	case delay:
		if err := readAhead(r); err != nil {
			return nil, err
		}
		select {
		case <-time.After(fault.delay):
		case <-r.Context().Done():
			return nil, r.Context().Err()
		}
	case reorder:
		select {
		case <-fault.overtaken:
		case <-r.Context().Done():
			return nil, r.Context().Err()
		}
	case duplicate:
		return p.twice(r)
	case answer:
		return &http.Response{
			StatusCode: fault.code, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r,
			Header: http.Header{"Content-Type": {"application/json"}},
			Body:   io.NopCloser(strings.NewReader(fmt.Sprintf(`{"message":%q}`, fault.message))),
		}, nil
	}
	response, err := p.engine.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	switch fault.kind { //nolint:exhaustive // the others come before or after the engine
	case after:
		fault.then()
	case loseResponse, reset:
		_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, 1<<20))
		_ = response.Body.Close()
		if fault.kind == reset {
			resetConn(r)
		}
		return nil, errLost
	case editLines:
		response.Body = edited(response.Body, fault.edit)
		response.Header.Del("Content-Length")
		response.ContentLength = -1
	case rewrite:
		return response, rewritten(response, fault.body)
	case truncate:
		response.Body = cut{io.LimitReader(response.Body, fault.bytes), response.Body}
	}
	return response, nil
}

// readAhead reads a call's body, which must fit into memory: a server does not notice that a caller has left before it has
// read what was sent, and a call that nobody waits for must not reach the engine.
func readAhead(r *http.Request) error {
	if r.Body == nil {
		return nil
	}
	body, err := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	return err
}

// resetConn closes the connection that a call came over, without what was to be sent.
func resetConn(r *http.Request) {
	conn, _ := r.Context().Value(connKey{}).(net.Conn)
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

// edited is a body whose lines are changed as they come.
func edited(body io.ReadCloser, edit func(string) []string) io.ReadCloser {
	reader, writer := io.Pipe()
	go func() {
		lines := bufio.NewReader(body)
		for {
			line, err := lines.ReadString('\n')
			for _, out := range edit(strings.TrimSuffix(line, "\n")) {
				if _, writeErr := io.WriteString(writer, out+"\n"); writeErr != nil {
					err = writeErr
				}
			}
			if err != nil {
				_ = writer.CloseWithError(err)
				return
			}
		}
	}()
	return struct {
		io.Reader
		io.Closer
	}{reader, closers{body, reader}}
}

// rewritten puts an edited body in the place of an answer's.
func rewritten(response *http.Response, edit func([]byte) []byte) error {
	body, err := io.ReadAll(response.Body)
	_ = response.Body.Close()
	if err != nil {
		return err
	}
	body = edit(body)
	response.Body = io.NopCloser(bytes.NewReader(body))
	response.ContentLength = int64(len(body))
	response.Header.Set("Content-Length", strconv.Itoa(len(body)))
	return nil
}

// closers closes all of them.
type closers []io.Closer

func (c closers) Close() (err error) {
	for _, one := range c {
		err = errors.Join(err, one.Close())
	}
	return err
}

// twice sends a call two times; its body must fit into memory.
func (p *Proxy) twice(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	var response *http.Response
	for range 2 {
		if response != nil {
			_ = response.Body.Close()
		}
		again := r.Clone(r.Context())
		again.Body = io.NopCloser(strings.NewReader(string(body)))
		if response, err = p.engine.RoundTrip(again); err != nil {
			return nil, err
		}
	}
	return response, nil
}

// cut is a body that ends too soon.
type cut struct {
	io.Reader
	io.Closer
}

func (c cut) Read(b []byte) (int, error) {
	n, err := c.Reader.Read(b)
	if errors.Is(err, io.EOF) {
		return n, io.ErrUnexpectedEOF
	}
	return n, err
}
