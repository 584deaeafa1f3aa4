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
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// Proxy stands in front of a real engine. It notes every call, and does to chosen ones what a network can do.
type Proxy struct {
	endpoint, tcp string
	engine        http.RoundTripper
	forward       *httputil.ReverseProxy

	mu    sync.Mutex
	calls []string
	rules []*rule
	open  map[string]int  // calls that are under way, by name
	peak  map[string]int  // the most of them at the same time
	held  []chan struct{} // of calls that are held back until another is answered, which closes it
}

// rule is a fault that waits for its call.
type rule struct {
	match   func(*http.Request) bool
	skip    int
	forever bool
	fault   Fault
}

// connKey is the key of a call's connection in its context.
type connKey struct{}

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
	tcp, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{endpoint: "unix://" + front, tcp: "tcp://" + tcp.Addr().String(), engine: transport, open: make(map[string]int), peak: make(map[string]int)}
	p.forward = httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: "engine"})
	p.forward.Transport, p.forward.FlushInterval = p, -1
	p.forward.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	p.forward.ErrorHandler = func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) }
	server := &http.Server{
		Handler: p.forward, ReadHeaderTimeout: time.Minute, ErrorLog: p.forward.ErrorLog,
		ConnContext: func(ctx context.Context, c net.Conn) context.Context { return context.WithValue(ctx, connKey{}, c) },
	}
	go func() { _ = server.Serve(listener) }() // end with Close
	go func() { _ = server.Serve(tcp) }()
	t.Cleanup(func() {
		_ = server.Close()
		transport.CloseIdleConnections()
	})
	return p
}

// Endpoint is the proxy's address, to be used as an engine's.
func (p *Proxy) Endpoint() string { return p.endpoint }

// TCPEndpoint is the proxy's address on TCP.
func (p *Proxy) TCPEndpoint() string { return p.tcp }

// On does a fault to the next call of that name, such as "POST /containers/create" or "POST /containers/*/start", after
// letting some pass.
func (p *Proxy) On(call string, skip int, fault Fault) {
	p.add(&rule{match: func(r *http.Request) bool { return nameOf(r) == call }, skip: skip, fault: fault})
}

// Always does a fault to every call that matches, until stop is called.
func (p *Proxy) Always(match func(*http.Request) bool, fault Fault) (stop func()) {
	r := &rule{match: match, forever: true, fault: fault}
	p.add(r)
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.rules = slices.DeleteFunc(p.rules, func(other *rule) bool { return other == r })
	}
}

func (p *Proxy) add(r *rule) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rules = append(p.rules, r)
}

// OnNth does a fault to the nth call from now on, whatever its name. The next is the 0th.
func (p *Proxy) OnNth(n int, fault Fault) {
	p.add(&rule{match: func(*http.Request) bool { return true }, skip: n, fault: fault})
}

// Calls returns the names of the calls since it was asked last, and forgets them.
func (p *Proxy) Calls() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	calls := p.calls
	p.calls = nil
	return calls
}

// Await waits until a call of that name was made since Calls was asked last.
func (p *Proxy) Await(t testing.TB, call string) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) {
		p.mu.Lock()
		made := slices.Contains(p.calls, call)
		p.mu.Unlock()
		if made {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("nobody calls %s", call)
		}
	}
}

// Peak returns how many calls of a name were under way at the same time, at most.
func (p *Proxy) Peak(call string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.peak[call]
}

// Pending returns how many faults have not found their call.
func (p *Proxy) Pending() (n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, r := range p.rules {
		if !r.forever {
			n++
		}
	}
	return n
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
		if images := "/images/"; r.Method == http.MethodDelete && strings.HasPrefix(path, images) {
			return r.Method + " " + images + "*" // whose names have slashes
		}
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
	p.open[name]++
	p.peak[name] = max(p.peak[name], p.open[name])
	for i, rule := range p.rules {
		if !rule.match(r) {
			continue
		}
		if rule.skip--; rule.skip >= 0 {
			continue
		}
		if !rule.forever {
			p.rules = slices.Delete(p.rules, i, i+1)
		}
		fault := rule.fault
		if fault.kind == reorder {
			fault.overtaken = make(chan struct{})
			p.held = append(p.held, fault.overtaken)
		}
		return fault
	}
	return Fault{}
}

// answered ends a call, and lets go on what was held back until one was answered.
func (p *Proxy) answered(r *http.Request, fault Fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.open[nameOf(r)]--
	if fault.kind == reorder {
		return // it is what was held back
	}
	for _, overtaken := range p.held {
		close(overtaken)
	}
	p.held = nil
}
