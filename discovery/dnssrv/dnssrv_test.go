package dnssrv_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/discovery"
	"github.com/dockerhv/dockerhv/discovery/dnssrv"
	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/internal/enginetest"
)

const name = "_docker._tcp.hosts.test"

// server is a real DNS server, dnsmasq, whose records can be replaced.
type server struct {
	address string
	stop    func()
}

func serve(t *testing.T, records ...string) *server {
	t.Helper()
	socket, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &server{address: socket.LocalAddr().String(), stop: func() {}}
	_ = socket.Close()
	s.restart(t, records...)
	t.Cleanup(func() { s.stop() })
	return s
}

// restart serves other records at the same address. Each is a value of dnsmasq's
// srv-host: the name, target, port, priority and weight; or another option.
func (s *server) restart(t *testing.T, records ...string) {
	t.Helper()
	s.stop()
	program, err := enginetest.FindProgram("dnsmasq")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(s.address)
	args := []string{
		"--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv", "--no-hosts", "--user=root", "--pid-file=",
		"--listen-address=127.0.0.1", "--bind-interfaces", "--local=/test/", "--port=" + port, "--txt-record=ready.test,yes",
	}
	for _, r := range records {
		if !strings.HasPrefix(r, "--") {
			r = "--srv-host=" + r
		}
		args = append(args, r)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	process := exec.CommandContext(ctx, program, args...)
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	s.stop = func() {
		cancel()
		_ = process.Wait()
		s.stop = func() {}
	}
	resolver := net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, s.address)
	}}
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		if _, err := resolver.LookupTXT(t.Context(), "ready.test"); err == nil {
			return
		} else if time.Now().After(deadline) {
			t.Fatalf("dnsmasq does not answer: %v", err)
		}
	}
}

func discover(t *testing.T, d dnssrv.Discoverer) (found []driver.Endpoint, failures []error) {
	t.Helper()
	for e, err := range d.Discover(t.Context()) {
		if err != nil {
			failures = append(failures, err)
			continue
		}
		found = append(found, e)
	}
	return found, failures
}

// TestDiscover: hosts come by their priority, with TLS unless it is said otherwise.
func TestDiscover(t *testing.T) {
	s := serve(t, name+",b.test,2377,20", name+",a.test,2376,10", name+",b.test,2377,30")
	found, failures := discover(t, dnssrv.Discoverer{Name: name, Server: s.address})
	want := []driver.Endpoint{
		{URL: "tcp://a.test:2376", TLS: &driver.TLS{}, Source: dnssrv.Source},
		{URL: "tcp://b.test:2377", TLS: &driver.TLS{}, Source: dnssrv.Source},
	}
	if diff := cmp.Diff(want, found); diff != "" || failures != nil {
		t.Errorf("found (-want +got):\n%s; %v", diff, failures)
	}
	identity := &driver.TLS{CAFile: "/ca.pem"}
	if found, _ = discover(t, dnssrv.Discoverer{Name: name + ".", Server: s.address, TLS: identity}); len(found) != 2 || found[0].TLS != identity {
		t.Errorf("found %+v", found)
	}
	found, failures = discover(t, dnssrv.Discoverer{Name: name, Server: s.address, Endpoint: func(host string, port uint16) driver.Endpoint {
		return driver.Endpoint{Name: host, URL: fmt.Sprintf("ssh://admin@%s:%d", host, port), Source: "mine"}
	}})
	want = []driver.Endpoint{
		{Name: "a.test", URL: "ssh://admin@a.test:2376", Source: "mine"},
		{Name: "b.test", URL: "ssh://admin@b.test:2377", Source: "mine"},
	}
	if diff := cmp.Diff(want, found); diff != "" || failures != nil {
		t.Errorf("found (-want +got):\n%s; %v", diff, failures)
	}
}

// TestRefusals: what can't be used is told, and does not hide the others.
func TestRefusals(t *testing.T) {
	plain := func(host string, port uint16) driver.Endpoint {
		return driver.Endpoint{URL: fmt.Sprintf("tcp://%s:%d", host, port)}
	}
	silent, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	s := serve(t, name+",good.test,2376", name+",none.test,0", "_two._tcp.test,a.test,1", "_two._tcp.test,b.test,1",
		"_gone._tcp.test", "_plain._tcp.test,a.test,2375")
	for what, tc := range map[string]struct {
		d     dnssrv.Discoverer
		class error
		found int
	}{
		"no port":                    {dnssrv.Discoverer{Name: name}, dockerhv.ErrInvalid, 1},
		"no records":                 {dnssrv.Discoverer{Name: "_docker._tcp.other.test"}, dockerhv.ErrNotFound, 0},
		"plain text":                 {dnssrv.Discoverer{Name: "_plain._tcp.test", Endpoint: plain}, dockerhv.ErrDenied, 0},
		"too many":                   {dnssrv.Discoverer{Name: "_two._tcp.test", MaxHosts: 1}, dockerhv.ErrInvalid, 1},
		"no name":                    {dnssrv.Discoverer{Name: "."}, dockerhv.ErrInvalid, 0},
		"no server":                  {dnssrv.Discoverer{Name: name, Server: "127.0.0.1:1"}, dockerhv.ErrUnavailable, 0},
		"a server that says nothing": {dnssrv.Discoverer{Name: name, Server: silent.LocalAddr().String(), Timeout: 200 * time.Millisecond}, dockerhv.ErrUnavailable, 0},
		"a fleet of none":            {dnssrv.Discoverer{Name: "_gone._tcp.test"}, nil, 0},
	} {
		t.Run(what, func(t *testing.T) {
			if tc.d.Server == "" {
				tc.d.Server = s.address
			}
			found, failures := discover(t, tc.d)
			if len(found) != tc.found {
				t.Errorf("found %v", found)
			}
			if tc.class == nil {
				if failures != nil {
					t.Errorf("failures %v", failures)
				}
				return
			}
			if len(failures) != 1 || !errors.Is(failures[0], tc.class) {
				t.Fatalf("failures %v; want one that is %q", failures, tc.class)
			}
			if _, ok := errors.AsType[*dockerhv.Error](failures[0]); !ok || strings.Contains(failures[0].Error(), "\n") {
				t.Errorf("%q is no *dockerhv.Error of one line", failures[0])
			}
			t.Log(failures[0])
		})
	}
}

// TestWatchOfTooMany: of more records than are taken it is the same ones each time, and
// one that goes makes room for the next.
func TestWatchOfTooMany(t *testing.T) {
	s := serve(t, name+",c.test,1", name+",a.test,1", name+",d.test,1", name+",b.test,1")
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	var told []string
	d := dnssrv.Discoverer{Name: name, Server: s.address, Interval: 10 * time.Millisecond, MaxHosts: 2}
	for change, err := range d.Watch(ctx) {
		if err != nil {
			told = append(told, "error")
			continue
		}
		told = append(told, fmt.Sprintf("%s %s", change.Type, change.Endpoint))
		if len(told) == 3 {
			time.Sleep(100 * time.Millisecond) // of which the lookups that follow tell nothing
			s.restart(t, name+",c.test,1", name+",b.test,1", name+",d.test,1")
		}
		if change.Type == discovery.Gone {
			break
		}
	}
	told = slices.DeleteFunc(told, func(text string) bool { return text == "error" }) // the server's, too, while it restarts
	want := []string{"added tcp://a.test:1", "added tcp://b.test:1", "added tcp://c.test:1", "gone tcp://a.test:1"}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
}

// TestWatch: a record that goes takes its host along, and a server that fails takes none.
func TestWatch(t *testing.T) {
	s := serve(t, name+",a.test,2376", name+",b.test,2376")
	ctx, cancel := context.WithCancel(t.Context())
	told, ended := make(chan string), make(chan struct{})
	go func() {
		defer close(ended)
		d := dnssrv.Discoverer{Name: name, Server: s.address, Interval: 50 * time.Millisecond, Timeout: 200 * time.Millisecond}
		for change, err := range discovery.Watch(ctx, d, 0) {
			text := fmt.Sprintf("%s %s", change.Type, change.Endpoint)
			switch {
			case errors.Is(err, dockerhv.ErrNotFound):
				text = "no records"
			case err != nil:
				text = "error"
			}
			select {
			case told <- text:
			case <-ctx.Done():
			}
		}
	}()
	next := func(n int) []string {
		t.Helper()
		var got []string
		for range n {
			select {
			case text := <-told:
				got = append(got, text)
			case <-time.After(20 * time.Second):
				t.Fatalf("no news after %q", got)
			}
		}
		slices.Sort(got)
		return got
	}
	same := func(want ...string) {
		t.Helper()
		if diff := cmp.Diff(want, next(len(want))); diff != "" {
			t.Errorf("told (-want +got):\n%s", diff)
		}
	}
	same("added tcp://a.test:2376", "added tcp://b.test:2376")
	s.stop()
	same("error")
	time.Sleep(300 * time.Millisecond) // in which it is told no more
	s.restart(t)                       // which has lost its zone
	same("no records")
	s.stop() // between two servers there is none
	same("error")
	s.restart(t, name+",b.test,2376", name+",c.test,2376")
	same("added tcp://c.test:2376", "gone tcp://a.test:2376")
	s.stop()
	same("error")
	s.restart(t, name) // a fleet of none
	same("gone tcp://b.test:2376", "gone tcp://c.test:2376")
	cancel()
	<-ended
}
