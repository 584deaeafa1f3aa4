package guru_test

import (
	"encoding/json"
	"errors"
	"math"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/guru"
	"github.com/dockerhv/dockerhv/template"
)

// FuzzProfile implements whatever a cloud may send as JSON. The golden files'
// profiles are the seeds.
func FuzzProfile(f *testing.F) {
	names, err := filepath.Glob("testdata/*.json")
	if err != nil || len(names) < 30 {
		f.Fatalf("%d seeds, %v", len(names), err)
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		if !strings.HasSuffix(name, ".golden.json") {
			f.Add(data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r := request{Profile: guru.Profile{Image: image(), Host: host()}}
		if json.Unmarshal(data, &r) == nil {
			probe(t, guru.Docker{Waived: r.Waived, MaxUserData: r.MaxUserData}, r.Profile)
		}
	})
}

// FuzzImplement reaches what JSON does not: numbers that are none, and text that is no
// UTF-8.
func FuzzImplement(f *testing.F) {
	id := image().ID
	f.Add("i1", "web 1", id, 0.5, 1.0, 1000, int64(512<<20), "net1", "02-00-4C-9F-00-01", "10.1.1.5", "2001:db8::5", uint16(80), "tcp", "A", "x", 4)
	f.Add("", "", "", math.NaN(), math.NaN(), -1, int64(-1), "host", "x", "::ffff:10.1.1.5", "fe80::1%eth0", uint16(0), "http", "", "\x00", 0)
	f.Add("i-2\n", strings.Repeat("-", 99), "nginx", math.Inf(1), math.Inf(-1), math.MinInt, int64(math.MaxInt64), "none", "", "", "", uint16(1), "", "A=B", "", -1)
	f.Add("i1", "", id, math.MaxFloat64, math.MaxFloat64, math.MaxInt, int64(math.MinInt64), "", "", "0.0.0.0", "::", uint16(1), "udp", "extraconfig", "env.A=\xff", 1)
	f.Add("i1", "\xff", id, math.SmallestNonzeroFloat64, math.Inf(1), 1, int64(6<<20), "", "", "", "", uint16(1), "sctp", "SSH.PublicKey", "a\nb", 2)
	f.Fuzz(func(t *testing.T, id, name, img string, cpus, ratio float64, speed int, memory int64,
		network, mac, ipv4, ipv6 string, port uint16, protocol, key, value string, hostCPUs int,
	) {
		probe(t, guru.Docker{Waived: []string{"details.*", "volumes.size", "nics.rateMbps"}}, guru.Profile{
			ID: id, Name: name, InternalName: value, Image: template.Image{ID: img, Platform: image().Platform},
			Offering: guru.Offering{
				CPUs: cpus, Speed: speed, CPUOvercommit: ratio, LimitCPU: true, Memory: memory, MemoryOvercommit: ratio,
			},
			NICs: []guru.NIC{
				{Network: network, MAC: mac, IPv4: ipv4, IPv6: ipv6, Gateway: ipv6, Netmask: value, IPv6CIDR: ipv6 + "/64", DNS: []string{ipv4}, MTU: speed},
				{BroadcastURI: value, IPv4: ipv4, DeviceID: hostCPUs},
			},
			Volumes: []guru.Volume{{Type: guru.VolumeData, Name: network, Target: value, Size: memory}},
			Ports:   []driver.Port{{Port: port, Protocol: driver.Protocol(protocol)}},
			Command: []string{value}, Env: map[string]string{key: value}, Labels: map[string]string{key: value},
			UserData: guru.Secret(value), Password: guru.Secret(value), SSHKeys: []string{value, mac}, Metadata: map[string]string{key: value},
			Login:   guru.Login{User: key, UID: speed, Home: value},
			Details: guru.Details{key: value, "extraconfig-1": key + "=" + value, "memory": value}, HostSpeed: speed,
			Host: driver.Host{CPUs: hostCPUs, Memory: 8 << 30, LimitsCPU: true, LimitsMemory: hostCPUs%2 == 0},
		})
	})
}

// probe: whatever is asked, Implement does not panic, and what it returns is accepted
// by driver.Validate and survives JSON; what it refuses it refuses by class, in one
// line.
func probe(t *testing.T, g guru.Docker, p guru.Profile) {
	t.Helper()
	spec, err := g.Implement(t.Context(), p)
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
	if spec.Security.Privileged || len(spec.Security.AddCapabilities)+len(spec.Security.Devices) > 0 || spec.Security.Seccomp != "" {
		t.Errorf("the spec has privileges: %+v", spec.Security)
	}
	for _, m := range spec.Mounts {
		if m.Type != driver.MountVolume {
			t.Errorf("the spec has the mount %+v", m)
		}
	}
	data, err := json.Marshal(spec)
	var back driver.Spec
	if err != nil || json.Unmarshal(data, &back) != nil {
		t.Fatalf("the spec does not survive JSON: %v", err)
	}
	if diff := gocmp.Diff(spec, back, cmpopts.EquateEmpty(), cmpopts.EquateComparable(netip.Addr{})); diff != "" {
		t.Errorf("JSON changes the spec:\n%s", diff)
	}
	if again, err := g.Implement(t.Context(), p); err != nil || again.Hash() != spec.Hash() {
		t.Errorf("the same profile has another spec: %+v, %v", again, err)
	}
}
