package drivertest

import (
	"math"
	"net/netip"
	"strings"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

// badSpecs change a spec so that no host can honour it.
var badSpecs = map[string]func(*driver.Spec){
	"no ID":                           func(s *driver.Spec) { s.ID = "" },
	"an ID that is a path":            func(s *driver.Spec) { s.ID = "../i1" },
	"an ID that is too long":          func(s *driver.Spec) { s.ID = strings.Repeat("x", 64) },
	"no image":                        func(s *driver.Spec) { s.Image = "" },
	"an image's reference":            func(s *driver.Spec) { s.Image = "busybox:latest" },
	"a bad hostname":                  func(s *driver.Spec) { s.Hostname = "web one" },
	"a bad variable":                  func(s *driver.Spec) { s.Env = map[string]string{"A=B": "1"} },
	"a relative directory":            func(s *driver.Spec) { s.WorkDir = "tmp" },
	"a bad signal":                    func(s *driver.Spec) { s.StopSignal = "stop!" },
	"a negative grace":                func(s *driver.Spec) { s.StopGrace = -1 },
	"a NUL in the command":            func(s *driver.Spec) { s.Command = []string{"a\x00b"} },
	"a label of no UTF-8":             func(s *driver.Spec) { s.Labels = map[string]string{"a": "\xff"} },
	"too few CPUs":                    func(s *driver.Spec) { s.Resources.CPUs = 0.001 },
	"CPUs of no number":               func(s *driver.Spec) { s.Resources.CPUs = math.NaN() },
	"too many CPUs":                   func(s *driver.Spec) { s.Resources.CPUs = 1 << 20 },
	"too little memory":               func(s *driver.Spec) { s.Resources.Memory = driver.MinMemory - 1 },
	"too much memory":                 func(s *driver.Spec) { s.Resources.Memory = 1 << 60 },
	"one's own network":               func(s *driver.Spec) { s.NetworkOf = s.ID },
	"NICs beside another's":           func(s *driver.Spec) { s.NetworkOf, s.NICs = "i0", []driver.NIC{{}} },
	"an alias on the default network": func(s *driver.Spec) { s.NICs = []driver.NIC{{Aliases: []string{"db"}}} },
	"a bad name of an interface":      func(s *driver.Spec) { s.NICs = []driver.NIC{{Interface: "a/b"}} },
	"a bad name server":               func(s *driver.Spec) { s.DNS.Servers = make([]netip.Addr, 1) },
	"a host without an address":       func(s *driver.Spec) { s.DNS.Hosts = []driver.HostEntry{{Name: "db"}} },
	"a bad domain":                    func(s *driver.Spec) { s.Domain = "-" },
	"a bad MAC":                       func(s *driver.Spec) { s.NICs = []driver.NIC{{MAC: "no"}} },
	"an address of no network": func(s *driver.Spec) {
		s.NICs = []driver.NIC{{IPv4: netip.MustParseAddr("192.0.2.1")}}
	},
	"port 0":            func(s *driver.Spec) { s.Ports = []driver.Port{{HostPort: 80}} },
	"a bad protocol":    func(s *driver.Spec) { s.Ports = []driver.Port{{Port: 80, Protocol: "icmp"}} },
	"a file of no path": func(s *driver.Spec) { s.Files = []driver.File{{Path: "etc/a"}} },
	"a file twice":      func(s *driver.Spec) { s.Files = []driver.File{{Path: "/a"}, {Path: "/a"}} },
	"a file that is hidden": func(s *driver.Spec) {
		s.Mounts = []driver.Mount{{Type: driver.MountTmpfs, Target: "/run"}}
		s.Files = []driver.File{{Path: "/run/a"}}
	},
	"a file that is too large": func(s *driver.Spec) {
		s.Files = []driver.File{{Path: "/a", Content: make(driver.Content, driver.MaxFileSize+1)}}
	},
	"one host port twice":                func(s *driver.Spec) { s.Ports = []driver.Port{{HostPort: 80, Port: 1}, {HostPort: 80, Port: 1}} },
	"two ports in one place of the host": func(s *driver.Spec) { s.Ports = []driver.Port{{HostPort: 80, Port: 1}, {HostPort: 80, Port: 2}} },
	"a range that ends before it begins": func(s *driver.Spec) { s.Ports = []driver.Port{{Port: 80, PortEnd: 79}} },
}

// createInvalid: what can't be honoured is refused before anything is created.
func createInvalid(t *trial) {
	for name, change := range merged(badSpecs, badPlaces) {
		spec := t.server("i1")
		change(&spec)
		if _, err := t.driver.Create(t.Context(), spec); fault(err, dockerhv.ErrInvalid) != nil {
			t.Errorf("%s: %v", name, fault(err, dockerhv.ErrInvalid))
		}
	}
	t.none(t.driver)
}
