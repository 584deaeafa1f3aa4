package driver_test

import (
	"encoding/json"
	"math"
	"net/netip"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/template"
)

// full returns a spec that uses each field; the test below proves it does.
func full() driver.Spec {
	s := secondFields()
	s.IO, s.TTY, s.Stdin = driver.IO{Weight: 100}, true, true
	s.Runtime = "runc"
	s.Annotations = map[string]string{"a": "1"}
	s.Domain, s.NetworkOf = "example.org", "i-1" // no host honours all of it at once
	s.DNS = driver.DNS{Servers: []netip.Addr{addr("192.0.2.53")}, Hosts: []driver.HostEntry{{Name: "db", Address: "192.0.2.3"}}}
	return s
}

// secondFields and firstFields use those fields that a spec had when they were written:
// fields that were added later must not change the hashes of specs without them.
func secondFields() driver.Spec {
	s := firstFields()
	s.Mounts = []driver.Mount{{Type: driver.MountTmpfs, Target: "/tmp", Size: 1 << 20}}
	s.Ulimits = map[string]driver.Ulimit{"nofile": {Soft: 1, Hard: 2}}
	s.Security = driver.Security{ReadOnlyRoot: true, DropCapabilities: []string{"ALL"}}
	s.Restart = driver.Restart{Policy: driver.RestartOnFailure, MaxRetries: 3}
	s.Health = &driver.HealthCheck{Command: []string{"true"}, Interval: time.Second}
	s.Log = driver.Log{Driver: "local", Options: map[string]string{"max-size": "1m"}}
	s.Files = []driver.File{{Path: "/etc/app/key", Mode: 0o400, UID: 7, GID: 8, Content: driver.Content("secret")}}
	s.Init = true
	return s
}

func firstFields() driver.Spec {
	return driver.Spec{
		ID: "i-2-3-VM", Name: "web 1", Hostname: "web-1", Image: imageID,
		Template:   driver.Template{Format: template.Repository, Digest: imageID, Reference: "nginx:1.27"},
		Entrypoint: []string{"/bin/sh", "-c"}, Command: []string{"nginx", ""},
		Env: map[string]string{"B": "2", "A": "1"}, WorkDir: "/srv", User: "1000:1000",
		Resources:  driver.Resources{CPUs: 0.5, Memory: 512 << 20},
		NICs:       []driver.NIC{{Network: "n1", MAC: "02:42:ac:11:00:02", IPv4: addr("192.0.2.2"), IPv6: addr("2001:db8::2")}},
		Ports:      []driver.Port{{HostIP: addr("192.0.2.1"), HostPort: 8080, Port: 80, Protocol: driver.TCP}},
		StopSignal: "SIGINT", StopGrace: 30 * time.Second, Labels: map[string]string{"zone": "a"},
	}
}

// TestSpecHashGolden: hashes are kept on hosts, as labels of instances. One that
// changes here makes each instance that exists look like another's.
func TestSpecHashGolden(t *testing.T) {
	for name, tt := range map[string]struct {
		spec driver.Spec
		want string
	}{
		"zero":   {driver.Spec{}, "v1:6903276dd038cc28353525eef080b719eefd920a63aa17c42d8f17480e0906d5"},
		"least":  {driver.Spec{ID: "i1", Image: imageID}, "v1:3c75dbcb0ca4852aeae0376ad218a9e9a8f5e1ebcdd7ba1f01b01bfd15f2f15f"},
		"full":   {full(), "v1:b0ee08713a156cc8c06bd8202bfc9f8e9173a5b085b53ef39adbefaf6ee9ef6a"},
		"second": {secondFields(), "v1:dab820939200c02181a3be9e71dab064fb005f5c38cfbffacb906869c67df6c3"},
		"first":  {firstFields(), "v1:b7a8450b9808673eb816c74e1e48b26e9c7993b48609e293a89935ff3155a4ae"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := tt.spec.Hash(); got != tt.want {
				t.Errorf("Hash = %s, want %s", got, tt.want)
			}
		})
	}
}

// TestSpecHashEqual: equal content has an equal hash, however it came about.
func TestSpecHashEqual(t *testing.T) {
	bare := driver.Spec{ID: "i1", Image: imageID}
	empty := bare
	empty.Entrypoint, empty.Command, empty.Env = []string{}, []string{}, map[string]string{}
	empty.NICs, empty.Ports, empty.Labels = []driver.NIC{}, []driver.Port{}, map[string]string{}
	if bare.Hash() != empty.Hash() {
		t.Error("nil and empty fields have different hashes")
	}
	one, other := full(), full()
	if one.Hash() != other.Hash() {
		t.Error("two equal specs have different hashes")
	}
	nan := driver.Spec{Resources: driver.Resources{CPUs: math.NaN()}}
	if nan.Hash() == bare.Hash() {
		t.Error("a spec that JSON refuses has the hash of another")
	}
}

// TestSpecHashDiffers changes each field of a full spec, found by reflection, so
// that a field that is added can't be forgotten in the hash.
func TestSpecHashDiffers(t *testing.T) {
	original := full().Hash()
	fields := reflect.TypeFor[driver.Spec]()
	for i := range fields.NumField() {
		name := fields.Field(i).Name
		t.Run(name, func(t *testing.T) {
			s := full()
			field := reflect.ValueOf(&s).Elem().Field(i)
			if field.IsZero() {
				t.Fatal("the full spec does not use it")
			}
			field.SetZero()
			if s.Hash() == original {
				t.Error("the hash does not depend on it")
			}
		})
	}
}

func TestSpecJSON(t *testing.T) {
	for name, spec := range map[string]driver.Spec{"zero": {}, "least": {ID: "i1", Image: imageID}, "full": full()} {
		t.Run(name, func(t *testing.T) {
			data, err := json.Marshal(spec)
			if err != nil {
				t.Fatal(err)
			}
			var back driver.Spec
			if err := json.Unmarshal(data, &back); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(spec, back, cmp.Comparer(sameAddr)); diff != "" {
				t.Errorf("the round trip (-want +got):\n%s", diff)
			}
			if back.Hash() != spec.Hash() {
				t.Error("the round trip changes the hash")
			}
		})
	}
}

func sameAddr(a, b netip.Addr) bool { return a == b }
