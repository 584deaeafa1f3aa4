package enginetest

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// Proxy stands in front of a real engine. It notes every call, and does to chosen ones what a network can do.
type Proxy struct {
	endpoint string
	engine   http.RoundTripper
	forward  *httputil.ReverseProxy

	mu    sync.Mutex
	calls []string
	rules []rule
}

// rule is a fault that waits for its call.
type rule struct {
	call  string
	skip  int
	fault Fault
}

// NewProxy starts a proxy in front of an engine's socket, which ends with the test.
func NewProxy(t testing.TB, endpoint string) *Proxy {
	t.Helper()
	socket := strings.TrimPrefix(endpoint, "unix://")
	transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", socket)
	}}
	front := filepath.Join(t.TempDir(), "s")
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "unix", front)
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{endpoint: "unix://" + front, engine: transport}
	p.forward = httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: "engine"})
	p.forward.Transport, p.forward.FlushInterval = p, -1
	p.forward.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	p.forward.ErrorHandler = func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) }
	server := &http.Server{Handler: p.forward, ReadHeaderTimeout: time.Minute, ErrorLog: p.forward.ErrorLog}
	go func() { _ = server.Serve(listener) }() // ends with Close
	t.Cleanup(func() {
		_ = server.Close()
		transport.CloseIdleConnections()
	})
	return p
}

// Endpoint is the proxy's address, to be used as an engine's.
func (p *Proxy) Endpoint() string { return p.endpoint }

// On does a fault to the next call of that name, such as "POST /containers/create" or "POST /containers/*/start", after
// letting some pass.
func (p *Proxy) On(call string, skip int, fault Fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rules = append(p.rules, rule{call: call, skip: skip, fault: fault})
}

// OnNth does a fault to the nth call from now on, whatever its name. The next is the 0th.
func (p *Proxy) OnNth(n int, fault Fault) { p.On("", n, fault) }

// Calls returns the names of the calls since it was asked last, and forgets them.
func (p *Proxy) Calls() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	calls := p.calls
	p.calls = nil
	return calls
}

// Pending returns how many faults have not found their call.
func (p *Proxy) Pending() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.rules)
}

var (
	versionPrefix = regexp.MustCompile(`^/v1\.\d+`)
	objectName    = regexp.MustCompile(`^(/(?:containers|images|networks|volumes|exec))/(?:.+)(/\w+)$|^(/(?:containers|networks|volumes))/[^/]+$`)
)

// nameOf names a call, whatever the API's version and the object.
func nameOf(r *http.Request) string {
	path := versionPrefix.ReplaceAllString(r.URL.Path, "")
	switch path {
	case "/containers/create", "/containers/json", "/images/create", "/images/load", "/images/json", "/networks/create":
	default:
		if m := objectName.FindStringSubmatch(path); m != nil {
			path = m[1] + m[3] + "/*" + m[2]
		}
	}
	return r.Method + " " + path
}

// match notes a call and returns the fault that waits for it.
func (p *Proxy) match(r *http.Request) Fault {
	p.mu.Lock()
	defer p.mu.Unlock()
	name := nameOf(r)
	p.calls = append(p.calls, name)
	for i := range p.rules {
		if p.rules[i].call != name && p.rules[i].call != "" {
			continue
		}
		if p.rules[i].skip--; p.rules[i].skip >= 0 {
			continue
		}
		fault := p.rules[i].fault
		p.rules = append(p.rules[:i], p.rules[i+1:]...)
		return fault
	}
	return Fault{}
}
