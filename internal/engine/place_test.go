package engine

import (
	"errors"
	"testing"

	"github.com/docker/docker/api/types/container"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

// 119: the network of another container is allowed only if it is the one that the
// driver has found to be the owner's.
func TestPermitHolder(t *testing.T) {
	for name, tt := range map[string]struct {
		mode, holder string
		denied       bool
	}{
		"the holder's":      {"container:abc", "abc", false},
		"another's":         {"container:abd", "abc", true},
		"anybody's":         {"container:abc", "", true},
		"nobody's":          {"container:", "", true},
		"one's own network": {"lan", "", false},
	} {
		err := permit(driver.Policy{}, "me", container.HostConfig{NetworkMode: container.NetworkMode(tt.mode)}, view{holder: tt.holder})
		if errors.Is(err, dockerhv.ErrDenied) != tt.denied {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// 119: networks are on the host's interfaces only where the policy allows these.
func TestPermitNetwork(t *testing.T) {
	policy := driver.Policy{Interfaces: []string{"eth1", "br-lab"}}
	for name, tt := range map[string]struct {
		spec   driver.NetworkSpec
		denied bool
	}{
		"none":             {driver.NetworkSpec{}, false},
		"one":              {driver.NetworkSpec{Parent: "eth1"}, false},
		"a VLAN of it":     {driver.NetworkSpec{Parent: "eth1.42"}, false},
		"another":          {driver.NetworkSpec{Parent: "eth10"}, true},
		"another's VLAN":   {driver.NetworkSpec{Parent: "eth0.42"}, true},
		"a bridge":         {driver.NetworkSpec{Options: map[string]string{"com.docker.network.bridge.name": "br-lab"}}, false},
		"another bridge":   {driver.NetworkSpec{Options: map[string]string{"com.docker.network.bridge.name": "docker0"}}, true},
		"trusted ones":     {driver.NetworkSpec{Options: map[string]string{"com.docker.network.bridge.trusted_host_interfaces": "eth1:eth0"}}, true},
		"a harmless thing": {driver.NetworkSpec{Options: map[string]string{"com.docker.network.bridge.enable_icc": "false"}}, false},
	} {
		if err := PermitNetwork(policy, tt.spec); errors.Is(err, dockerhv.ErrDenied) != tt.denied {
			t.Errorf("%s: %v", name, err)
		}
	}
}
