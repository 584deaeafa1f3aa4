package docker_test

import (
	"errors"
	"net"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

var loopback = netip.MustParseAddr("127.0.0.1")

// published runs an instance with ports and returns those that are bound.
func published(t *testing.T, d driver.Driver, image, id string, ports ...driver.Port) []driver.Port {
	t.Helper()
	spec := sleeper(id, inspectImage(t, d, image))
	spec.Ports = ports
	create(t, d, spec)
	start(t, d, id)
	return inspect(t, d, id).Ports
}

// 87: ranges, a choice of ports, IPv6 and each protocol are bound as they were asked for.
func TestPorts(t *testing.T) {
	d := open(t, "ports")
	image := busybox(t, d).ID
	for name, tc := range map[string]struct{ ask, want []driver.Port }{
		"a range": {
			[]driver.Port{{HostIP: loopback, HostPort: 8000, Port: 80, PortEnd: 82}},
			[]driver.Port{
				{HostIP: loopback, HostPort: 8000, Port: 80, Protocol: driver.TCP},
				{HostIP: loopback, HostPort: 8001, Port: 81, Protocol: driver.TCP},
				{HostIP: loopback, HostPort: 8002, Port: 82, Protocol: driver.TCP},
			},
		},
		"two protocols": {
			[]driver.Port{{HostIP: loopback, HostPort: 5300, Port: 53, Protocol: driver.UDP}, {HostIP: loopback, HostPort: 5300, Port: 53}},
			[]driver.Port{
				{HostIP: loopback, HostPort: 5300, Port: 53, Protocol: driver.TCP},
				{HostIP: loopback, HostPort: 5300, Port: 53, Protocol: driver.UDP},
			},
		},
		"one port at two addresses": {
			[]driver.Port{{HostIP: loopback, HostPort: 8100, Port: 80}, {HostIP: netip.MustParseAddr("::1"), HostPort: 8101, Port: 80}},
			[]driver.Port{
				{HostIP: loopback, HostPort: 8100, Port: 80, Protocol: driver.TCP},
				{HostIP: netip.MustParseAddr("::1"), HostPort: 8101, Port: 80, Protocol: driver.TCP},
			},
		},
		"all addresses": {
			[]driver.Port{{HostPort: 8200, Port: 80}},
			[]driver.Port{
				{HostIP: netip.IPv4Unspecified(), HostPort: 8200, Port: 80, Protocol: driver.TCP},
				{HostIP: netip.IPv6Unspecified(), HostPort: 8200, Port: 80, Protocol: driver.TCP},
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, published(t, d, image, "i1", tc.ask...), cmp.Comparer(equalAddr)); diff != "" {
				t.Errorf("bound ports (-want +got):\n%s", diff)
			}
		})
	}
	t.Run("a range of the engine's choice", func(t *testing.T) {
		bound := published(t, d, image, "i1", driver.Port{HostIP: loopback, Port: 80, PortEnd: 81})
		if len(bound) != 2 || bound[0].HostPort == 0 || bound[1].HostPort == 0 || bound[0].HostPort == bound[1].HostPort {
			t.Errorf("bound are %+v", bound)
		}
	})
	t.Run("any of a range", func(t *testing.T) {
		choice := driver.Port{HostIP: loopback, HostPort: 8300, HostPortEnd: 8305, Port: 80}
		one, other := published(t, d, image, "i1", choice), published(t, d, image, "i2", choice)
		if len(one) != 1 || len(other) != 1 || one[0].HostPort == other[0].HostPort || one[0].HostPort/10 != 830 || other[0].HostPort/10 != 830 {
			t.Errorf("bound are %+v and %+v", one, other)
		}
	})
}

// 87, pitfall 43: a port that is asked for by TCP is free for UDP.
func TestPortsOfOneProtocol(t *testing.T) {
	d := open(t, "protocol")
	published(t, d, busybox(t, d).ID, "i1", driver.Port{HostIP: loopback, HostPort: 8400, Port: 80})
	udp, err := (&net.ListenConfig{}).ListenPacket(t.Context(), "udp", "127.0.0.1:8400")
	if err != nil {
		t.Fatal(err)
	}
	_ = udp.Close()
	if tcp, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:8400"); err == nil {
		_ = tcp.Close()
		t.Error("the port is not bound")
	}
}

// 88, pitfall 43: a conflict says which port it is and who has it, after a while in
// which it may have ended.
func TestPortInUse(t *testing.T) {
	d := open(t, "in-use")
	image := busybox(t, d).ID
	ask := driver.Port{HostIP: loopback, HostPort: 8500, Port: 80}
	second := sleeper("second", inspectImage(t, d, image))
	second.Ports = []driver.Port{ask}
	create(t, d, second)
	conflict := func(holder string) {
		t.Helper()
		err := d.Start(t.Context(), second.ID)
		wantError(t, err, dockerhv.ErrConflict)
		inUse, ok := errors.AsType[*driver.PortInUseError](err)
		if !ok || inUse.Holder != holder || inUse.Port.HostPort != ask.HostPort || inUse.Port.HostIP != loopback {
			t.Fatalf("got %#v; want the port of %q", err, holder)
		}
	}
	published(t, d, image, "first", ask)
	conflict("first")
	if err := d.Stop(t.Context(), "first", driver.StopOptions{}); err != nil {
		t.Fatal(err)
	}
	start(t, d, second.ID)
	if err := d.Stop(t.Context(), second.ID, driver.StopOptions{}); err != nil {
		t.Fatal(err)
	}

	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:8500")
	if err != nil {
		t.Fatal(err)
	}
	conflict("")
	freed := time.AfterFunc(time.Second, func() { _ = listener.Close() })
	defer freed.Stop()
	start(t, d, second.ID)
	if err := d.Restart(t.Context(), second.ID, driver.StopOptions{}); err != nil {
		t.Error(err)
	}
}

// 88: the retries are bounded, and are not made where an instance has the port.
func TestPortInUseIsNotTriedForever(t *testing.T) {
	proxy, d, image := faulty(t, "bounded")
	ask := driver.Port{HostIP: loopback, HostPort: 8600, Port: 80}
	published(t, d, image.ID, "first", ask)
	second := sleeper("second", image)
	second.Ports = []driver.Port{ask}
	create(t, d, second)
	proxy.Calls()
	wantError(t, d.Start(t.Context(), second.ID), dockerhv.ErrConflict)
	if diff := cmp.Diff([]string{"POST /containers/*/start", "GET /containers/json"}, proxy.Calls()); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:8601")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	third := sleeper("third", image)
	third.Ports = []driver.Port{{HostIP: loopback, HostPort: 8601, Port: 80}}
	create(t, d, third)
	proxy.Calls()
	wantError(t, d.Start(t.Context(), third.ID), dockerhv.ErrConflict)
	starts := slices.DeleteFunc(proxy.Calls(), func(call string) bool { return call != "POST /containers/*/start" })
	if len(starts) < 2 || len(starts) > 20 {
		t.Errorf("it was started %d times", len(starts))
	}
}
