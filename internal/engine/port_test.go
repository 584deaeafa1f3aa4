package engine

import (
	"net/netip"
	"testing"

	"github.com/dockerhv/dockerhv/driver"
)

// 88: the words of engines on a port that is in use; those of 20.10 are tested on
// one, in driver/docker.
func TestReadPortInUse(t *testing.T) {
	addr := netip.MustParseAddr
	for message, want := range map[string]driver.Port{
		"driver failed programming external connectivity on endpoint w (1501): Bind for 127.0.0.1:8080 failed: port is already allocated": {
			HostIP: addr("127.0.0.1"), HostPort: 8080,
		},
		"driver failed programming external connectivity on endpoint w (618d): Bind for ::1:7779 failed: port is already allocated": {
			HostIP: addr("::1"), HostPort: 7779,
		},
		"driver failed programming external connectivity on endpoint w (1a5f): Error starting userland proxy: listen tcp4 0.0.0.0:7777: bind: address already in use": {
			HostIP: addr("0.0.0.0"), HostPort: 7777, Protocol: driver.TCP,
		},
		"Error starting userland proxy: listen udp6 [::]:53: bind: address already in use": {
			HostIP: addr("::"), HostPort: 53, Protocol: driver.UDP,
		},
		"failed to set up container networking: driver failed programming external connectivity on endpoint w (5d): failed to bind host port for 0.0.0.0:80:172.17.0.2:81/tcp: address already in use": {
			HostIP: addr("0.0.0.0"), HostPort: 80,
		},
		"failed to bind host port 127.0.0.1:80/tcp: address already in use": {HostIP: addr("127.0.0.1"), HostPort: 80},
		"port is already allocated":                                         {},
	} {
		got, ok := readPortInUse(message)
		if !ok || got != want {
			t.Errorf("%q: %+v, %t; want %+v", message, got, ok, want)
		}
	}
	if _, ok := readPortInUse("exec: no such file or directory"); ok {
		t.Error("another fault is taken for a port in use")
	}
}
