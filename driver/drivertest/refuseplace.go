package drivertest

import (
	"maps"

	"github.com/dockerhv/dockerhv/driver"
)

// badPlaces change a spec so that no host can honour what it says of the instance's
// place there: its mounts, bounds and confinement.
var badPlaces = map[string]func(*driver.Spec){
	"a mount without a target": func(s *driver.Spec) { s.Mounts = []driver.Mount{{Type: driver.MountTmpfs}} },
	"a mount of no type":       func(s *driver.Spec) { s.Mounts = []driver.Mount{{Target: "/x"}} },
	"a volume that is a path": func(s *driver.Spec) {
		s.Mounts = []driver.Mount{{Type: driver.MountVolume, Source: "../x", Target: "/x"}}
	},
	"a bind that climbs": func(s *driver.Spec) {
		s.Mounts = []driver.Mount{{Type: driver.MountBind, Source: "/x/../etc", Target: "/x"}}
	},
	"a size of a volume":       func(s *driver.Spec) { s.Mounts = []driver.Mount{{Type: driver.MountVolume, Size: 1, Target: "/x"}} },
	"swap of no memory":        func(s *driver.Spec) { s.Resources.Swap = 1 << 20 },
	"a bad set of CPUs":        func(s *driver.Spec) { s.Resources.CPUSet = "1-0" },
	"too many processes":       func(s *driver.Spec) { s.Resources.PIDs = 1 << 40 },
	"an OOM score too high":    func(s *driver.Spec) { s.Resources.OOMScore = 1001 },
	"a bad weight":             func(s *driver.Spec) { s.IO.Weight = 5 },
	"a bad ulimit":             func(s *driver.Spec) { s.Ulimits = map[string]driver.Ulimit{"nothing": {}} },
	"a seccomp profile's path": func(s *driver.Spec) { s.Security.Seccomp = "/etc/seccomp.json" },
	"a bad capability":         func(s *driver.Spec) { s.Security.AddCapabilities = []string{"cap_sys_admin"} },
	"a device of no device":    func(s *driver.Spec) { s.Security.Devices = []driver.Device{{Path: "/etc/passwd"}} },
	"a bad health check":       func(s *driver.Spec) { s.Health = &driver.HealthCheck{Interval: 1} },
	"a bad restart policy":     func(s *driver.Spec) { s.Restart.Policy = "sometimes" },
}

// merged is all of two maps that have no name in common.
func merged[V any](a, b map[string]V) map[string]V {
	all := maps.Clone(a)
	maps.Copy(all, b)
	return all
}
