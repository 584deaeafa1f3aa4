package engine

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

// wire is a server that does to calls of /containers what a network or an engine can
// do. What it breaks needs TCP.
type wire struct {
	endpoint string
	server   *http.Server
	answer   func(w http.ResponseWriter, r *http.Request)
}

func newWire(t *testing.T) *wire {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{endpoint: "tcp://" + listener.Addr().String()}
	mux := http.NewServeMux()
	mux.HandleFunc("/_ping", func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Api-Version", "1.41") })
	mux.HandleFunc("/", func(rw http.ResponseWriter, r *http.Request) { w.answer(rw, r) })
	w.server = &http.Server{Handler: mux, ReadHeaderTimeout: time.Minute}
	go func() { _ = w.server.Serve(listener) }()
	t.Cleanup(func() { _ = w.server.Close() })
	return w
}

func status(code int) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(code)
		_, _ = w.Write([]byte(`{"message":"so it is"}`))
	}
}

// broken takes a connection over and lets it end as the function says.
func broken(how func(*net.TCPConn)) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return // which the caller takes for an answer that is none
		}
		if tcp, ok := conn.(*net.TCPConn); ok {
			how(tcp)
		}
		_ = conn.Close()
	}
}

// 36, 37: what the engine says and what can happen on the way to it has a class by type
// and status, which says whether it is worth another try.
func TestClassification(t *testing.T) {
	for name, tc := range map[string]struct {
		answer func(http.ResponseWriter, *http.Request)
		class  error
		retry  bool
	}{
		"400": {status(400), dockerhv.ErrInvalid, false},
		"401": {status(401), dockerhv.ErrDenied, false},
		"403": {status(403), dockerhv.ErrDenied, false},
		"404": {status(404), dockerhv.ErrNotFound, false},
		"409": {status(409), dockerhv.ErrConflict, false},
		"429": {status(429), dockerhv.ErrUnavailable, true},
		"500": {status(500), dockerhv.ErrFailed, true},
		"501": {status(501), errors.ErrUnsupported, false},
		"502": {status(502), dockerhv.ErrUnavailable, true},
		"503": {status(503), dockerhv.ErrUnavailable, true},
		"504": {status(504), dockerhv.ErrUnavailable, true},
		"EOF": {broken(func(*net.TCPConn) {}), dockerhv.ErrUnavailable, true},
		"EOF in the answer": {broken(func(c *net.TCPConn) {
			_, _ = c.Write([]byte("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"))
		}), dockerhv.ErrUnavailable, true},
		"reset":          {broken(func(c *net.TCPConn) { _ = c.SetLinger(0) }), dockerhv.ErrUnavailable, true},
		"header timeout": {func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, dockerhv.ErrUnavailable, true},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWire(t)
			w.answer = tc.answer
			e, err := Open(t.Context(), driver.Endpoint{URL: w.endpoint}, Telemetry{})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = e.Close() })
			if name == "header timeout" {
				e.transport.base.ResponseHeaderTimeout = 100 * time.Millisecond
			}
			for call, err := range map[string]error{
				"Start":  e.Start(t.Context(), "web"),
				"hijack": hijacked(t.Context(), e),
			} {
				if call == "hijack" && name == "header timeout" || name == "EOF in the answer" {
					continue // a stream has no such bound, and neither reads a body
				}
				if !errors.Is(err, tc.class) || driver.Retryable(err) != tc.retry || dockerhv.Outcome(err) != dockerhv.Outcome(tc.class) {
					t.Errorf("%s: %v is %s, want %v", call, err, dockerhv.Outcome(err), tc.class)
				}
			}
			if _, err := e.Inspect(t.Context(), "web"); !errors.Is(err, tc.class) || driver.Retryable(err) != tc.retry {
				t.Errorf("Inspect: %v is %s, want %v", err, dockerhv.Outcome(err), tc.class)
			}
		})
	}
}

// hijacked makes a call whose connection is to become a stream.
func hijacked(ctx context.Context, e *Engine) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	_, err := Images{e}.DialBuild(ctx, "/session", "h2c", nil)
	return err
}

// 37: a host where nobody listens may be started again.
func TestClassificationOfARefusedDial(t *testing.T) {
	w := newWire(t)
	e, err := Open(t.Context(), driver.Endpoint{URL: w.endpoint}, Telemetry{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	if err := w.server.Close(); err != nil {
		t.Fatal(err)
	}
	for call, err := range map[string]error{"Start": e.Start(t.Context(), "web"), "hijack": hijacked(t.Context(), e)} {
		if !errors.Is(err, dockerhv.ErrUnavailable) || !driver.Retryable(err) {
			t.Errorf("%s: %v", call, err)
		}
	}
}

// 115: what the answer's status says is told in the same words as the error's class.
func TestStatusOutcome(t *testing.T) {
	for code, want := range map[int]string{
		101: "ok", 200: "ok", 204: "ok", 304: "ok", 400: "invalid", 401: "denied", 404: "not_found", 409: "conflict",
		418: "failed", 429: "unavailable", 500: "failed", 501: "unsupported", 502: "unavailable", 503: "unavailable",
	} {
		if got := statusOutcome(code); got != want {
			t.Errorf("status %s is %q, want %q", strconv.Itoa(code), got, want)
		}
	}
}
