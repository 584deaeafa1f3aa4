package engine

import (
	"maps"
	"slices"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/mount"
	"github.com/docker/go-units"

	"github.com/dockerhv/dockerhv/driver"
)

// hostConfig is what the engine is told of an instance's place on the host.
func hostConfig(spec driver.Spec, host driver.Host) *container.HostConfig {
	config := &container.HostConfig{
		NetworkMode:    container.NetworkMode(networkName(spec)),
		PortBindings:   portBindings(spec.Ports),
		RestartPolicy:  restartPolicy(spec.Restart),
		LogConfig:      container.LogConfig{Type: spec.Log.Driver, Config: spec.Log.Options},
		Mounts:         mounts(spec.Mounts),
		ShmSize:        spec.Resources.SharedMemory,
		Privileged:     spec.Security.Privileged,
		ReadonlyRootfs: spec.Security.ReadOnlyRoot,
		CapAdd:         spec.Security.AddCapabilities,
		CapDrop:        spec.Security.DropCapabilities,
		GroupAdd:       spec.Security.Groups,
		Sysctls:        spec.Security.Sysctls,
		SecurityOpt:    securityOptions(spec.Security),
		Resources:      resources(spec, host),
	}
	if spec.Init {
		config.Init = new(true)
	}
	return config
}

func resources(spec driver.Spec, host driver.Host) container.Resources {
	r := container.Resources{
		NanoCPUs:          nanoCPUs(spec.Resources),
		CPUShares:         spec.Resources.CPUShares,
		CpusetCpus:        spec.Resources.CPUSet,
		Memory:            spec.Resources.Memory,
		MemoryReservation: spec.Resources.MemoryReservation,
		Devices:           devices(spec.Security.Devices),
		Ulimits:           ulimits(spec.Ulimits),
	}
	if host.LimitsSwap {
		r.MemorySwap = spec.Resources.Memory // equal to Memory: no swap beyond it
	}
	if spec.Resources.PIDs > 0 {
		r.PidsLimit = new(spec.Resources.PIDs)
	}
	return r
}

func mounts(list []driver.Mount) []mount.Mount {
	var all []mount.Mount
	for _, m := range list {
		one := mount.Mount{Type: mount.Type(m.Type), Source: m.Source, Target: m.Target, ReadOnly: m.ReadOnly}
		if m.Size > 0 {
			one.TmpfsOptions = &mount.TmpfsOptions{SizeBytes: m.Size}
		}
		all = append(all, one)
	}
	return all
}

func devices(paths []string) []container.DeviceMapping {
	var all []container.DeviceMapping
	for _, p := range paths {
		all = append(all, container.DeviceMapping{PathOnHost: p, PathInContainer: p, CgroupPermissions: "rwm"})
	}
	return all
}

func ulimits(limits map[string]driver.Ulimit) []*units.Ulimit {
	var all []*units.Ulimit
	for _, name := range slices.Sorted(maps.Keys(limits)) {
		all = append(all, &units.Ulimit{Name: name, Soft: limits[name].Soft, Hard: limits[name].Hard})
	}
	return all
}

func securityOptions(s driver.Security) []string {
	var options []string
	if s.NoNewPrivileges {
		options = append(options, "no-new-privileges:true")
	}
	if s.Seccomp != "" {
		options = append(options, "seccomp="+s.Seccomp)
	}
	return options
}

// healthCheck is nil where the image's stands as it is.
func healthCheck(h *driver.HealthCheck) *container.HealthConfig {
	switch {
	case h == nil:
		return nil
	case h.Disabled:
		return &container.HealthConfig{Test: []string{"NONE"}}
	}
	config := &container.HealthConfig{
		Interval: h.Interval, Timeout: h.Timeout, StartPeriod: h.StartPeriod, Retries: h.Retries,
	}
	if len(h.Command) > 0 {
		config.Test = append([]string{"CMD"}, h.Command...)
	}
	return config
}
