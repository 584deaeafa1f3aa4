package docker_test

import (
	"io"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/driver/docker"
	"github.com/dockerhv/dockerhv/driver/drivertest"
	"github.com/dockerhv/dockerhv/internal/enginetest"
)

// TestConformance proves that the driver keeps the contract's rules on the real
// engine, which is away at times.
func TestConformance(t *testing.T) {
	conform(t, func(d driver.Driver) driver.Driver { return d })
}

// TestConformanceOfWrapper proves that a wrapper of the core's nine methods loses
// none of the optional interfaces.
func TestConformanceOfWrapper(t *testing.T) {
	conform(t, func(d driver.Driver) driver.Driver { return bare{d} })
}

// bare is the least that a wrapper can be.
type bare struct{ driver.Driver }

func (b bare) Unwrap() driver.Driver { return b.Driver }

func conform(t *testing.T, wrap func(driver.Driver) driver.Driver) {
	gate := newGate(t, strings.TrimPrefix(enginetest.Endpoint(t), "unix://"))
	drivertest.Run(t, drivertest.Config{
		New: func(t *testing.T, owner string) driver.Driver {
			d, err := docker.Open(t.Context(), driver.Endpoint{URL: gate.endpoint}, docker.Options{Owner: owner})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = d.Close() })
			return wrap(d)
		},
		Workload: drivertest.Busybox(busybox(t, open(t, "image")).ID),
		Want:     drivertest.Capabilities(),
		Leaks: func(t *testing.T) {
			enginetest.AssertUnchanged(t)
			drivertest.Goroutines(t)
		},
		Cut: func(*testing.T) (mend func()) {
			gate.cut()
			return gate.mend
		},
	})
}

// gate stands in front of a socket and passes all bytes on while it is open.
type gate struct {
	endpoint string
	socket   string

	mu     sync.Mutex
	closed bool
	open   map[net.Conn]struct{}
}

func newGate(t testing.TB, socket string) *gate {
	t.Helper()
	path := filepath.Join(t.TempDir(), "s")
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Net: "unix", Name: path})
	if err != nil {
		t.Fatal(err)
	}
	g := &gate{endpoint: "unix://" + path, socket: socket, open: make(map[net.Conn]struct{})}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.AcceptUnix()
			if err != nil {
				return
			}
			go g.pass(conn)
		}
	}()
	return g
}

// pass passes on what the two sides of a connection say, and each one's end.
func (g *gate) pass(front *net.UnixConn) {
	defer front.Close()
	back, err := net.DialUnix("unix", nil, &net.UnixAddr{Net: "unix", Name: g.socket})
	if err != nil {
		return
	}
	defer back.Close()
	if !g.enter(front, back) {
		return
	}
	defer g.leave(front, back)
	var group sync.WaitGroup
	group.Go(func() { g.oneWay(back, front) })
	group.Go(func() { g.oneWay(front, back) })
	group.Wait()
}

func (g *gate) oneWay(to, from *net.UnixConn) {
	if _, err := io.Copy(gated{g, to}, from); err != nil {
		_ = to.Close() // which ends the other way, too
	}
	_ = to.CloseWrite()
}

// gated passes nothing on any more when the gate is closed: its connections are not
// all closed at one moment.
type gated struct {
	g  *gate
	to net.Conn
}

func (w gated) Write(p []byte) (int, error) {
	w.g.mu.Lock()
	closed := w.g.closed
	w.g.mu.Unlock()
	if closed {
		return 0, net.ErrClosed
	}
	return w.to.Write(p)
}

func (g *gate) enter(conns ...net.Conn) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, c := range conns {
		g.open[c] = struct{}{}
	}
	return !g.closed
}

func (g *gate) leave(conns ...net.Conn) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, c := range conns {
		delete(g.open, c)
	}
}

// connections counts those that are open.
func (g *gate) connections() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.open) / 2
}

// cut breaks all connections off and lets none through.
func (g *gate) cut() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.closed = true
	for c := range g.open {
		_ = c.Close()
	}
}

// mend lets connections through again.
func (g *gate) mend() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.closed = false
}
