package guru_test

import (
	"encoding/json"
	"errors"
	"math"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/guru"
	"github.com/dockerhv/dockerhv/template"
)

// FuzzImplement: whatever a cloud asks, Implement does not panic, and what it
// returns is accepted by driver.Validate; what it refuses it refuses by class, in
// one line.
func FuzzImplement(f *testing.F) {
	id := image().ID
	f.Add("i1", "web 1", id, 0.5, int64(512<<20), "net1", "02-00-4C-9F-00-01", "10.1.1.5", "2001:db8::5", uint16(80), "tcp", "A", "x", 4)
	f.Add("", "", "", math.NaN(), int64(-1), "host", "x", "::ffff:10.1.1.5", "fe80::1%eth0", uint16(0), "http", "", "\x00", 0)
	f.Add("i-2\n", strings.Repeat("-", 99), "nginx", math.Inf(1), int64(math.MaxInt64), "none", "", "", "", uint16(1), "", "A=B", "", -1)
	f.Fuzz(func(t *testing.T, id, name, img string, cpus float64, memory int64,
		network, mac, ipv4, ipv6 string, port uint16, protocol, key, value string, hostCPUs int,
	) {
		p := guru.Profile{
			ID: id, Name: name, Image: template.Image{ID: img, Platform: image().Platform},
			Offering: guru.Offering{CPUs: cpus, Memory: memory},
			NICs:     []guru.NIC{{Network: network, MAC: mac, IPv4: ipv4, IPv6: ipv6}},
			Ports:    []driver.Port{{Port: port, Protocol: driver.Protocol(protocol)}},
			Command:  []string{value}, Env: map[string]string{key: value}, Labels: map[string]string{key: value},
			Host: driver.Host{CPUs: hostCPUs, Memory: 8 << 30, LimitsCPU: true, LimitsMemory: hostCPUs%2 == 0},
		}
		spec, err := guru.Docker{}.Implement(t.Context(), p)
		if err != nil {
			if !errors.Is(err, dockerhv.ErrInvalid) && !errors.Is(err, errors.ErrUnsupported) {
				t.Errorf("the refusal %v has no class", err)
			}
			if strings.ContainsAny(err.Error(), "\r\n") {
				t.Errorf("the refusal %q is not one line", err)
			}
			return
		}
		if err := driver.Validate(spec, p.Host); err != nil {
			t.Errorf("Implement returns a spec that is refused: %v", err)
		}
		data, err := json.Marshal(spec)
		var back driver.Spec
		if err != nil || json.Unmarshal(data, &back) != nil {
			t.Fatalf("the spec does not survive JSON: %v", err)
		}
		if diff := cmp.Diff(spec, back, cmpopts.EquateEmpty(), cmpopts.EquateComparable(netip.Addr{})); diff != "" {
			t.Errorf("JSON changes the spec:\n%s", diff)
		}
		if again, err := (guru.Docker{}).Implement(t.Context(), p); err != nil || again.Hash() != spec.Hash() {
			t.Errorf("the same profile has another spec: %+v, %v", again, err)
		}
	})
}
