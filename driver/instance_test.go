package driver_test

import (
	"net/netip"
	"testing"

	"github.com/dockerhv/dockerhv/driver"
)

func TestStateActive(t *testing.T) {
	for state, want := range map[driver.State]bool{
		driver.Created: false, driver.Running: true, driver.Paused: true, driver.Restarting: true,
		driver.Exited: false, driver.Removing: false, driver.Dead: false, driver.Unknown: false, "": false,
	} {
		if got := state.Active(); got != want {
			t.Errorf("%q.Active() = %t, want %t", state, got, want)
		}
	}
}

func TestInstanceAddress(t *testing.T) {
	v4, v6 := addr("192.0.2.2"), addr("2001:db8::2")
	tests := []struct {
		name string
		nics []driver.NIC
		want netip.Addr
	}{
		{"no NIC", nil, netip.Addr{}},
		{"no address", []driver.NIC{{Network: "none"}}, netip.Addr{}},
		{"both of one NIC", []driver.NIC{{IPv4: v4, IPv6: v6}}, v4},
		{"the first NIC that has one", []driver.NIC{{}, {IPv6: v6}, {IPv4: v4}}, v6},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := (driver.Instance{NICs: tt.nics}).Address(); got != tt.want {
				t.Errorf("Address = %v, want %v", got, tt.want)
			}
		})
	}
}
