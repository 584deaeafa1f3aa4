package driver_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

func mountOf(m driver.Mount) func(*driver.Spec) {
	return func(s *driver.Spec) { s.Mounts = []driver.Mount{m} }
}

// TestValidateRuntime refuses what no host could honour, naming the field.
func TestValidateRuntime(t *testing.T) {
	for field, changes := range map[string][]func(*driver.Spec){
		"mounts[0].target": {
			mountOf(driver.Mount{Type: driver.MountTmpfs, Target: "relative"}), mountOf(driver.Mount{Type: driver.MountTmpfs, Target: "/x/.."}),
		},
		"mounts[1].target": {func(s *driver.Spec) {
			s.Mounts = []driver.Mount{{Type: driver.MountTmpfs, Target: "/x"}, {Type: driver.MountVolume, Target: "/x/"}}
		}},
		"mounts[0].size": {
			mountOf(driver.Mount{Type: driver.MountVolume, Target: "/x", Size: 1}), mountOf(driver.Mount{Type: driver.MountTmpfs, Target: "/x", Size: -1}),
		},
		"mounts[0].source": {
			mountOf(driver.Mount{Type: driver.MountVolume, Source: "../x", Target: "/x"}),
			mountOf(driver.Mount{Type: driver.MountBind, Source: "etc", Target: "/x"}),
			mountOf(driver.Mount{Type: driver.MountBind, Source: "/srv/../etc", Target: "/x"}),
			mountOf(driver.Mount{Type: driver.MountTmpfs, Source: "/x", Target: "/x"}),
		},
		"mounts[0].type": {mountOf(driver.Mount{Type: "npipe", Target: "/x"})},
		"security.capabilities": {
			func(s *driver.Spec) { s.Security.AddCapabilities = []string{"net_admin"} },
			func(s *driver.Spec) { s.Security.DropCapabilities = []string{"CAP_NET_RAW"} },
		},
		"security.devices": {
			func(s *driver.Spec) { s.Security.Devices = []string{"/etc/passwd"} },
			func(s *driver.Spec) { s.Security.Devices = []string{"/dev/../etc/passwd"} },
		},
		"security.seccomp":            {func(s *driver.Spec) { s.Security.Seccomp = "{" }, func(s *driver.Spec) { s.Security.Seccomp = `"` + strings.Repeat("x", 1<<20) + `"` }},
		"restart.policy":              {func(s *driver.Spec) { s.Restart.Policy = "sometimes" }},
		"restart.maxRetries":          {func(s *driver.Spec) { s.Restart.MaxRetries = 1 }, func(s *driver.Spec) { s.Restart = driver.Restart{Policy: driver.RestartOnFailure, MaxRetries: -1} }},
		"health":                      {func(s *driver.Spec) { s.Health = &driver.HealthCheck{Disabled: true, Command: []string{"x"}} }, func(s *driver.Spec) { s.Health = &driver.HealthCheck{Interval: -time.Second} }},
		"resources.cpuShares":         {func(s *driver.Spec) { s.Resources.CPUShares = 1 }, func(s *driver.Spec) { s.Resources.CPUShares = 1 << 20 }},
		"resources.cpuSet":            {func(s *driver.Spec) { s.Resources.CPUSet = "0-" }, func(s *driver.Spec) { s.Resources.CPUSet = "all" }},
		"resources.memoryReservation": {func(s *driver.Spec) { s.Resources.MemoryReservation = 1 }, func(s *driver.Spec) { s.Resources.Memory, s.Resources.MemoryReservation = 8<<20, 9<<20 }},
		"resources":                   {func(s *driver.Spec) { s.Resources.PIDs = -1 }, func(s *driver.Spec) { s.Resources.SharedMemory = -1 }},
		"ulimits.nofile":              {func(s *driver.Spec) { s.Ulimits = map[string]driver.Ulimit{"nofile": {Soft: 2, Hard: 1}} }, func(s *driver.Spec) { s.Ulimits = map[string]driver.Ulimit{"nofile": {Soft: -2, Hard: 1}} }},
	} {
		t.Run(field, func(t *testing.T) {
			for _, change := range changes {
				s := driver.Spec{ID: "i1", Image: imageID}
				change(&s)
				err := driver.Validate(s, driver.Host{})
				e, ok := errors.AsType[*dockerhv.FieldError](err)
				if !ok || e.Field != field || !errors.Is(err, dockerhv.ErrInvalid) {
					t.Errorf("%v; want the field %s to be invalid", err, field)
				}
			}
		})
	}
}

func TestValidateRuntimeAccepts(t *testing.T) {
	s := driver.Spec{
		ID: "i1", Image: imageID,
		Resources: driver.Resources{CPUShares: 2, CPUSet: "0-1,3", Memory: 64 << 20, MemoryReservation: 64 << 20, SharedMemory: 1, PIDs: 1},
		Ulimits:   map[string]driver.Ulimit{"nofile": {Soft: 1, Hard: 1}, "core": {Soft: -1, Hard: -1}},
		Mounts: []driver.Mount{
			{Type: driver.MountBind, Source: "/srv/data", Target: "/data", ReadOnly: true},
			{Type: driver.MountVolume, Source: "web-data", Target: "/web"},
			{Type: driver.MountVolume, Target: "/own"},
			{Type: driver.MountTmpfs, Target: "/tmp", Size: 1 << 20},
		},
		Security: driver.Security{AddCapabilities: []string{"NET_ADMIN"}, DropCapabilities: []string{"ALL"}, Seccomp: "{}", Devices: []string{"/dev/kvm"}},
		Restart:  driver.Restart{Policy: driver.RestartOnFailure, MaxRetries: 3},
		Health:   &driver.HealthCheck{Command: []string{"true"}, Retries: 1},
	}
	if err := driver.Validate(s, driver.Host{}); err != nil {
		t.Error(err)
	}
}
