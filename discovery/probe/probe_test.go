package probe_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/discovery/probe"
	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/internal/enginetest"
)

func TestMain(m *testing.M) { enginetest.Main(m) }

func discover(t *testing.T, d probe.Discoverer) (found []string, failures map[string]error) {
	t.Helper()
	failures = make(map[string]error)
	for e, err := range d.Discover(t.Context()) {
		if err == nil {
			found = append(found, e.URL)
			continue
		}
		own, ok := errors.AsType[*dockerhv.Error](err)
		if !ok || strings.Contains(err.Error(), "\n") {
			t.Fatalf("%v is no *dockerhv.Error of one line", err)
		}
		failures[own.Host] = err
	}
	return found, failures
}

// listen listens at an address on the port.
func listen(t *testing.T, address, port string) net.Listener {
	t.Helper()
	listener, err := net.Listen("tcp", net.JoinHostPort(address, port))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	return listener
}

// TestDiscover: of a subnet's addresses one is an engine's, some listen that are none, and
// most do not listen at all.
func TestDiscover(t *testing.T) {
	proxy := enginetest.NewProxy(t, enginetest.Endpoint(t))
	engine := strings.TrimPrefix(proxy.TCPEndpoint(), "tcp://")
	_, text, _ := net.SplitHostPort(engine)
	port, _ := strconv.ParseUint(text, 10, 16)
	silent := listen(t, "127.0.0.2", text)
	drip := listen(t, "127.0.0.3", text)
	go func() {
		for {
			conn, err := drip.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				_, _ = conn.Read(make([]byte, 1))
				for _, err := io.WriteString(conn, "HTTP/1.1 200 OK\r\nX: "); err == nil; _, err = io.WriteString(conn, "x") {
					time.Sleep(10 * time.Millisecond)
				}
			}()
		}
	}()
	web := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("OK")) })}
	other := listen(t, "127.0.0.4", text)
	go func() { _ = web.Serve(other) }()
	t.Cleanup(func() { _ = web.Close() })

	begun := time.Now()
	found, failures := discover(t, probe.Discoverer{
		Prefixes: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/28")}, Ports: []uint16{uint16(port)},
		AllowPlaintext: true, Timeout: 500 * time.Millisecond,
	})
	if took := time.Since(begun); took > 20*time.Second {
		t.Errorf("it took %v", took)
	}
	if diff := cmp.Diff([]string{"tcp://127.0.0.1:" + text}, found); diff != "" {
		t.Errorf("found (-want +got):\n%s", diff)
	}
	for address, class := range map[string]error{
		silent.Addr().String(): dockerhv.ErrUnavailable, drip.Addr().String(): dockerhv.ErrUnavailable, other.Addr().String(): nil,
	} {
		err := failures["tcp://"+address]
		if err == nil || class != nil && !errors.Is(err, class) {
			t.Errorf("%s is %v; want %v", address, err, class)
		}
		t.Log(err)
	}
	if len(failures) != 3 {
		t.Errorf("failures %v", failures)
	}
}

// TestIdentity: a server whose certificate is not accepted is told of, and is shown no
// identity and no request.
func TestIdentity(t *testing.T) {
	asked := make(chan struct{}, 10)
	server := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked <- struct{}{} }))
	defer server.Close()
	address := netip.MustParseAddrPort(server.Listener.Addr().String())
	found, failures := discover(t, probe.Discoverer{
		Prefixes: []netip.Prefix{netip.PrefixFrom(address.Addr(), 32)}, Ports: []uint16{address.Port()},
	})
	if err := failures["tcp://"+address.String()]; len(found) > 0 || !errors.Is(err, dockerhv.ErrDenied) {
		t.Errorf("found %v; failed %v", found, failures)
	}
	if len(asked) > 0 {
		t.Error("it was asked")
	}
}

// TestBounds: what would ask too much asks nothing, and who gives up waits for nobody.
func TestBounds(t *testing.T) {
	wide := netip.MustParsePrefix("127.0.0.0/8")
	for name, d := range map[string]probe.Discoverer{
		"no subnet":            {},
		"a zero subnet":        {Prefixes: []netip.Prefix{{}}},
		"a wide subnet":        {Prefixes: []netip.Prefix{wide}},
		"IPv6":                 {Prefixes: []netip.Prefix{netip.MustParsePrefix("fd00::/64")}},
		"many ports":           {Prefixes: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/29")}, Ports: []uint16{1, 2, 3}, Max: 17},
		"both TLS and without": {Prefixes: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}, TLS: &driver.TLS{}, AllowPlaintext: true},
	} {
		found, failures := discover(t, d)
		if err := failures[""]; len(found) > 0 || len(failures) != 1 || !errors.Is(err, dockerhv.ErrInvalid) {
			t.Errorf("%s: found %v, failed %v", name, found, failures)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for e, err := range (probe.Discoverer{Prefixes: []netip.Prefix{netip.MustParsePrefix("127.1.0.0/16")}, Max: 1 << 16}).Discover(ctx) {
		t.Errorf("who gave up is told of %v, %v", e, err)
	}
}
