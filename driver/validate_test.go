package driver_test

import (
	"errors"
	"math"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

// imageID is the ID of an image that need not exist.
var imageID = "sha256:" + strings.Repeat("0123456789abcdef", 4)

// TestValidateAccepts changes a valid spec in ways that each keep it valid.
func TestValidateAccepts(t *testing.T) {
	tests := []struct {
		name   string
		host   driver.Host
		change func(*driver.Spec)
	}{
		{"the least", driver.Host{}, func(*driver.Spec) {}},
		{"an ID of one letter", driver.Host{}, func(s *driver.Spec) { s.ID = "7" }},
		{"an ID of 63 letters", driver.Host{}, func(s *driver.Spec) { s.ID = strings.Repeat("a", 63) }},
		{"an ID of each kind", driver.Host{}, func(s *driver.Spec) { s.ID = "i-2_VM.x" }},
		{"a host name", driver.Host{}, func(s *driver.Spec) { s.Hostname = "web-1.example" }},
		{"a host name of 63 letters", driver.Host{}, func(s *driver.Spec) { s.Hostname = strings.Repeat("a", 63) }},
		{"any name", driver.Host{}, func(s *driver.Spec) { s.Name = "Ünser Server!" }},
		{"an environment", driver.Host{}, func(s *driver.Spec) { s.Env = map[string]string{"A": "", "B-1": "x=y\nz"} }},
		{"signals", driver.Host{}, func(s *driver.Spec) { s.StopSignal = "SIGINT" }},
		{"a signal without SIG", driver.Host{}, func(s *driver.Spec) { s.StopSignal = "QUIT" }},
		{"a real-time signal", driver.Host{}, func(s *driver.Spec) { s.StopSignal = "SIGRTMIN+3" }},
		{"a signal's number", driver.Host{}, func(s *driver.Spec) { s.StopSignal = "15" }},
		{"a grace", driver.Host{}, func(s *driver.Spec) { s.StopGrace = time.Millisecond }},
		{"a working directory", driver.Host{}, func(s *driver.Spec) { s.WorkDir = "/srv" }},
		{"the least bounds", driver.Host{}, func(s *driver.Spec) { s.Resources = driver.Resources{CPUs: 0.01, Memory: driver.MinMemory} }},
		{"all of the host", host, func(s *driver.Spec) { s.Resources = driver.Resources{CPUs: 4, Memory: 8 << 30} }},
		{"any bounds on an unknown host", driver.Host{}, func(s *driver.Spec) { s.Resources = driver.Resources{CPUs: 1e6, Memory: 1 << 60} }},
		{"a host that tells no memory", driver.Host{CPUs: 4, LimitsMemory: true}, func(s *driver.Spec) { s.Resources.Memory = 1 << 60 }},
		{"no bounds where none are enforced", driver.Host{CPUs: 4, Memory: 1 << 30}, func(*driver.Spec) {}},
		{"a MAC", driver.Host{}, nic(driver.NIC{MAC: "02:42:ac:11:00:02"})},
		{"addresses", driver.Host{}, nic(driver.NIC{Network: "net1", MAC: "02-42-AC-11-00-02", IPv4: addr("192.0.2.2"), IPv6: addr("2001:db8::2")})},
		{"a special network", driver.Host{}, nic(driver.NIC{Network: "host"})},
		{"a port", driver.Host{}, ports(driver.Port{Port: 80})},
		{"two protocols of one port", driver.Host{}, ports(driver.Port{HostPort: 53, Port: 53}, driver.Port{HostPort: 53, Port: 53, Protocol: driver.UDP}, driver.Port{HostPort: 53, Port: 53, Protocol: driver.SCTP})},
		{"one port on two addresses", driver.Host{}, ports(driver.Port{HostIP: addr("192.0.2.1"), HostPort: 80, Port: 80}, driver.Port{HostIP: addr("192.0.2.2"), HostPort: 80, Port: 80})},
		{"one port on any two ports of the host", driver.Host{}, ports(driver.Port{Port: 80}, driver.Port{Port: 80})},
		{"a port beside a second, special NIC", driver.Host{}, func(s *driver.Spec) {
			s.NICs = []driver.NIC{{}, {Network: "none"}}
			s.Ports = []driver.Port{{Port: 80}}
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := driver.Spec{ID: "i1", Image: imageID}
			tt.change(&s)
			if err := driver.Validate(s, tt.host); err != nil {
				t.Errorf("Validate = %v, want none", err)
			}
		})
	}
}

// TestValidateRefuses changes a valid spec in ways that each break one rule.
func TestValidateRefuses(t *testing.T) {
	tests := []struct {
		name   string
		change func(*driver.Spec)
		field  string
		text   string // a part of the reason
	}{
		{"no ID", func(s *driver.Spec) { s.ID = "" }, "id", "is empty"},
		{"an ID of 64 letters", func(s *driver.Spec) { s.ID = strings.Repeat("a", 64) }, "id", "1 to 63"},
		{"an ID that begins with a hyphen", func(s *driver.Spec) { s.ID = "-rm" }, "id", "1 to 63"},
		{"an ID with a slash", func(s *driver.Spec) { s.ID = "a/b" }, "id", "1 to 63"},
		{"an ID with a line break", func(s *driver.Spec) { s.ID = "a\n" }, "id", "1 to 63"},
		{"no image", func(s *driver.Spec) { s.Image = "" }, "image", "no image ID"},
		{"an image's reference", func(s *driver.Spec) { s.Image = "nginx:1.27" }, "image", "use Image.ID"},
		{"an image's short ID", func(s *driver.Spec) { s.Image = imageID[:19] }, "image", "no image ID"},
		{"a host name with a space", func(s *driver.Spec) { s.Hostname = "a b" }, "hostname", "no host name"},
		{"a host name that ends with a hyphen", func(s *driver.Spec) { s.Hostname = "a-" }, "hostname", "no host name"},
		{"a host name of 64 letters", func(s *driver.Spec) { s.Hostname = strings.Repeat("a", 64) }, "hostname", "no host name"},

		{"a variable without a name", func(s *driver.Spec) { s.Env = map[string]string{"": "x"} }, "env", "no name"},
		{"a variable with =", func(s *driver.Spec) { s.Env = map[string]string{"A=B": "x"} }, "env", `"A=B"`},
		{"a variable with NUL", func(s *driver.Spec) { s.Env = map[string]string{"A\x00": "x"} }, "env", "NUL"},
		{"a value with NUL", func(s *driver.Spec) { s.Env = map[string]string{"A": "\x00"} }, "env", "NUL"},
		{"a value that is no UTF-8", func(s *driver.Spec) { s.Env = map[string]string{"A": "\xff"} }, "env", "no UTF-8"},
		{"a template that is no UTF-8", func(s *driver.Spec) { s.Template.Reference = "\xff" }, "template.reference", "no UTF-8"},
		{"a network that is no UTF-8", nic(driver.NIC{Network: "\xff"}), "nics[0].network", "no UTF-8"},
		{"a name with NUL", func(s *driver.Spec) { s.Name = "\x00" }, "name", "NUL"},
		{"a user that is no UTF-8", func(s *driver.Spec) { s.User = "\xff" }, "user", "no UTF-8"},
		{"a working directory with NUL", func(s *driver.Spec) { s.WorkDir = "/\x00" }, "workDir", "NUL"},
		{"an entrypoint with NUL", func(s *driver.Spec) { s.Entrypoint = []string{"a", "\x00"} }, "entrypoint", "NUL"},
		{"a command that is no UTF-8", func(s *driver.Spec) { s.Command = []string{"a", "\xff"} }, "command", "no UTF-8"},
		{"a label with NUL", func(s *driver.Spec) { s.Labels = map[string]string{"\x00": ""} }, "labels", "NUL"},
		{"a label's value that is no UTF-8", func(s *driver.Spec) { s.Labels = map[string]string{"a": "\xff"} }, "labels", "no UTF-8"},
		{"a signal in small letters", func(s *driver.Spec) { s.StopSignal = "sigterm" }, "stopSignal", "no signal"},
		{"signal 0", func(s *driver.Spec) { s.StopSignal = "0" }, "stopSignal", "no signal"},
		{"a negative grace", func(s *driver.Spec) { s.StopGrace = -1 }, "stopGrace", "use 0 for 10s"},
		{"a relative working directory", func(s *driver.Spec) { s.WorkDir = "srv" }, "workDir", "not absolute"},

		{"negative CPUs", func(s *driver.Spec) { s.Resources.CPUs = -1 }, "resources.cpus", "at least 0.01"},
		{"too few CPUs", func(s *driver.Spec) { s.Resources.CPUs = 0.009 }, "resources.cpus", "at least 0.01"},
		{"NaN CPUs", func(s *driver.Spec) { s.Resources.CPUs = math.NaN() }, "resources.cpus", "NaN is refused"},
		{"infinite CPUs", func(s *driver.Spec) { s.Resources.CPUs = math.Inf(1) }, "resources.cpus", "is refused"},
		{"more CPUs than the host's", func(s *driver.Spec) { s.Resources.CPUs = 4.5 }, "resources.cpus", "host's 4 CPUs"},
		{"negative memory", func(s *driver.Spec) { s.Resources.Memory = -1 }, "resources.memory", "at least"},
		{"too little memory", func(s *driver.Spec) { s.Resources.Memory = driver.MinMemory - 1 }, "resources.memory", "at least"},
		{"more memory than the host's", func(s *driver.Spec) { s.Resources.Memory = 8<<30 + 1 }, "resources.memory", "more than the host's"},

		{"a MAC that is none", nic(driver.NIC{MAC: "x"}), "nics[0].mac", "no unicast"},
		{"a MAC of 8 bytes", nic(driver.NIC{MAC: "02:00:5e:10:00:00:00:01"}), "nics[0].mac", "no unicast"},
		{"a MAC of a group", nic(driver.NIC{MAC: "03:42:ac:11:00:02"}), "nics[0].mac", "no unicast"},
		{"IPv4 that is IPv6", nic(driver.NIC{Network: "n", IPv4: addr("2001:db8::2")}), "nics[0].ipv4", "no IPv4"},
		{"IPv6 that is IPv4", nic(driver.NIC{Network: "n", IPv6: addr("192.0.2.2")}), "nics[0].ipv6", "no IPv6"},
		{"IPv6 that is IPv4 in disguise", nic(driver.NIC{Network: "n", IPv6: addr("::ffff:192.0.2.2")}), "nics[0].ipv6", "no IPv6"},
		{"IPv6 with a zone", nic(driver.NIC{Network: "n", IPv6: addr("fe80::1%eth0")}), "nics[0].ipv6", "no IPv6"},
		{"an address on the default network", nic(driver.NIC{IPv4: addr("172.17.0.9")}), "nics[0]", "a network of one's own"},
		{"an address on the bridge", nic(driver.NIC{Network: "bridge", IPv6: addr("2001:db8::2")}), "nics[0]", `built-in "bridge"`},
		{"a MAC without an interface", nic(driver.NIC{Network: "host", MAC: "02:42:ac:11:00:02"}), "nics[0].mac", "no interface"},
		{"the second NIC", func(s *driver.Spec) { s.NICs = []driver.NIC{{}, {MAC: "x"}} }, "nics[1].mac", "no unicast"},

		{"no port", ports(driver.Port{HostPort: 80}), "ports[0].port", "is 0"},
		{"a protocol that is none", ports(driver.Port{Port: 80, Protocol: "http"}), "ports[0].protocol", "use tcp, udp or sctp"},
		{"a port twice", ports(driver.Port{HostPort: 80, Port: 80}, driver.Port{HostPort: 80, Port: 80, Protocol: driver.TCP}), "ports[1]", "twice"},
		{"a port without an interface", func(s *driver.Spec) {
			s.NICs, s.Ports = []driver.NIC{{Network: "none"}}, []driver.Port{{Port: 80}}
		}, "ports", `"none" publishes no ports`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := driver.Spec{ID: "i1", Image: imageID}
			tt.change(&s)
			err := driver.Validate(s, host)
			var field *dockerhv.FieldError
			if !errors.As(err, &field) || !errors.Is(err, dockerhv.ErrInvalid) {
				t.Fatalf("Validate = %v, want a FieldError", err)
			}
			if field.Field != tt.field || !strings.Contains(field.Reason, tt.text) {
				t.Errorf("Validate = %v, want %s with %q", err, tt.field, tt.text)
			}
		})
	}
}

// TestValidateUnsupported: what the host's kernel can't enforce is refused, not dropped.
func TestValidateUnsupported(t *testing.T) {
	lacking := driver.Host{Name: "h1", Version: "20.10.5", CgroupVersion: "1", CPUs: 4, Memory: 8 << 30}
	for name, resources := range map[string]driver.Resources{
		"resources.cpus": {CPUs: 1}, "resources.memory": {Memory: 1 << 30},
	} {
		t.Run(name, func(t *testing.T) {
			err := driver.Validate(driver.Spec{ID: "i1", Image: imageID, Resources: resources}, lacking)
			want := "honour " + name + " on h1: the kernel of this host (engine 20.10.5, cgroup 1) enforces no such bound; " +
				"leave it 0 or enable the cgroup controller on the host"
			if !errors.Is(err, errors.ErrUnsupported) || err.Error() != want {
				t.Errorf("Validate = %v, want %s", err, want)
			}
			if errors.Is(err, dockerhv.ErrInvalid) {
				t.Errorf("%v is ErrInvalid, too: another host may honour it", err)
			}
		})
	}
}

// TestValidateAll: one call tells of every part that is wrong.
func TestValidateAll(t *testing.T) {
	err := driver.Validate(driver.Spec{
		Env: map[string]string{"": ""}, Resources: driver.Resources{CPUs: -1},
		NICs: []driver.NIC{{MAC: "x"}}, Ports: []driver.Port{{}},
	}, driver.Host{})
	for _, part := range []string{"id: ", "env: ", "resources.cpus: ", "nics[0].mac: ", "ports[0].port: "} {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("Validate = %v, want %q in it", err, part)
		}
	}
}

// host enforces bounds.
var host = driver.Host{CPUs: 4, Memory: 8 << 30, LimitsCPU: true, LimitsMemory: true}

func addr(s string) netip.Addr { return netip.MustParseAddr(s) }

func nic(n driver.NIC) func(*driver.Spec) {
	return func(s *driver.Spec) { s.NICs = []driver.NIC{n} }
}

func ports(p ...driver.Port) func(*driver.Spec) {
	return func(s *driver.Spec) { s.Ports = p }
}
