package enginetest

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"time"
)

// A Fault is what a [Proxy] does to one call of the engine's API.
type Fault struct {
	kind  faultKind
	delay time.Duration
	bytes int64
	code  int
	then  func()
	look  func(*http.Request)
}

type faultKind int

const (
	loseRequest faultKind = iota + 1
	loseResponse
	delay
	truncate
	duplicate
	answer
	before
	after
	look
)

// LoseRequest breaks the connection before the engine has seen the call.
func LoseRequest() Fault { return Fault{kind: loseRequest} }

// LoseResponse breaks the connection when the engine has done the work.
func LoseResponse() Fault { return Fault{kind: loseResponse} }

// Delay holds the call back.
func Delay(d time.Duration) Fault { return Fault{kind: delay, delay: d} }

// Truncate breaks the connection after some bytes of the answer's body.
func Truncate(bytes int64) Fault { return Fault{kind: truncate, bytes: bytes} }

// Duplicate sends the call twice, as a network or a middlebox might, and returns the second answer.
func Duplicate() Fault { return Fault{kind: duplicate} }

// Answer answers with a status in the engine's place.
func Answer(status int) Fault { return Fault{kind: answer, code: status} }

// Before runs a function before the engine sees the call, and goes on.
func Before(then func()) Fault { return Fault{kind: before, then: then} }

// After runs a function when the engine has done the work, before the caller is told.
func After(then func()) Fault { return Fault{kind: after, then: then} }

// Look shows a call to a function before the engine sees it, and goes on.
func Look(at func(*http.Request)) Fault { return Fault{kind: look, look: at} }

// errLost ends a connection without an answer.
var errLost = errors.New("lost by the proxy")

// RoundTrip passes a call on to the engine. It is the proxy's own: use Endpoint.
func (p *Proxy) RoundTrip(r *http.Request) (*http.Response, error) {
	fault := p.match(r)
	switch fault.kind { //nolint:exhaustive // the others come before or after the engine
	case loseRequest:
		return nil, errLost
	case before:
		fault.then()
	case look:
		fault.look(r)
	case delay:
		select {
		case <-time.After(fault.delay):
		case <-r.Context().Done():
			return nil, r.Context().Err()
		}
	case duplicate:
		return p.twice(r)
	case answer:
		return &http.Response{
			StatusCode: fault.code, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r,
			Header: http.Header{"Content-Type": {"application/json"}},
			Body:   io.NopCloser(strings.NewReader(`{"message":"answered by the proxy"}`)),
		}, nil
	}
	response, err := p.engine.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	switch fault.kind { //nolint:exhaustive // the others come before or after the engine
	case after:
		fault.then()
	case loseResponse:
		_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, 1<<20))
		_ = response.Body.Close()
		return nil, errLost
	case truncate:
		response.Body = cut{io.LimitReader(response.Body, fault.bytes), response.Body}
	}
	return response, nil
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
