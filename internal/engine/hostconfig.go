package engine

import (
	"maps"
	"slices"
	"strconv"

	"github.com/docker/docker/api/types/blkiodev"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/go-units"

	"github.com/dockerhv/dockerhv/driver"
)

// hostConfig is what the engine is told of an instance's place on the host.
func hostConfig(owner string, spec driver.Spec, host driver.Host) *container.HostConfig {
	binds, mounts := mounts(owner, spec, host)
	config := &container.HostConfig{
		PortBindings:   portBindings(spec.Ports),
		RestartPolicy:  restartPolicy(spec.Restart),
		LogConfig:      container.LogConfig{Type: spec.Log.Driver, Config: spec.Log.Options},
		Binds:          binds,
		Mounts:         mounts,
		ShmSize:        spec.Resources.SharedMemory,
		OomScoreAdj:    spec.Resources.OOMScore,
		Privileged:     spec.Security.Privileged,
		ReadonlyRootfs: spec.Security.ReadOnlyRoot,
		CapAdd:         spec.Security.AddCapabilities,
		CapDrop:        spec.Security.DropCapabilities,
		GroupAdd:       spec.Security.Groups,
		Sysctls:        spec.Security.Sysctls,
		SecurityOpt:    securityOptions(spec.Security),
		Runtime:        spec.Runtime,
		Annotations:    spec.Annotations,
		Resources:      resources(spec, host),
	}
	setNamespaces(config, spec.Security.HostNamespaces)
	if spec.Init {
		config.Init = new(true)
	}
	putDNS(spec.DNS, config)
	if spec.Resources.Disk > 0 {
		config.StorageOpt = map[string]string{storageSize: strconv.FormatInt(spec.Resources.Disk, 10)}
	}
	return config
}

// storageSize is the storage drivers' option that bounds the writable layer.
const storageSize = "size"

func resources(spec driver.Spec, host driver.Host) container.Resources {
	r := container.Resources{
		NanoCPUs:          nanoCPUs(spec.Resources),
		CPUShares:         spec.Resources.CPUShares,
		CpusetCpus:        spec.Resources.CPUSet,
		CpusetMems:        spec.Resources.MemoryNodes,
		Memory:            spec.Resources.Memory,
		MemoryReservation: spec.Resources.MemoryReservation,
		MemorySwap:        memorySwap(spec.Resources, host),
		Devices:           devices(spec.Security.Devices),
		DeviceCgroupRules: spec.Security.DeviceRules,
		DeviceRequests:    deviceRequests(spec.Security.DeviceRequests),
		Ulimits:           ulimits(spec.Ulimits),
		BlkioWeight:       spec.IO.Weight,
	}
	if spec.Resources.PIDs != 0 {
		r.PidsLimit = new(spec.Resources.PIDs)
	}
	if spec.Resources.NoOOMKill {
		r.OomKillDisable = new(true)
	}
	boundIO(&r, spec.IO.Devices)
	return r
}

// memorySwap is the engine's bound on memory and swap together. Its own default is
// twice the memory, which nobody asked for.
func memorySwap(r driver.Resources, host driver.Host) int64 {
	switch {
	case r.Memory == 0 || !host.LimitsSwap:
		return 0
	case r.Swap == driver.Unlimited:
		return driver.Unlimited
	}
	return r.Memory + max(0, r.Swap)
}

func boundIO(r *container.Resources, all []driver.DeviceIO) {
	for _, d := range all {
		if d.Weight > 0 {
			r.BlkioWeightDevice = append(r.BlkioWeightDevice, &blkiodev.WeightDevice{Path: d.Device, Weight: d.Weight})
		}
		for _, bound := range []struct {
			to   *[]*blkiodev.ThrottleDevice
			rate uint64
		}{
			{&r.BlkioDeviceReadBps, d.ReadBytes},
			{&r.BlkioDeviceWriteBps, d.WriteBytes},
			{&r.BlkioDeviceReadIOps, d.ReadOps},
			{&r.BlkioDeviceWriteIOps, d.WriteOps},
		} {
			if bound.rate > 0 {
				*bound.to = append(*bound.to, &blkiodev.ThrottleDevice{Path: d.Device, Rate: bound.rate})
			}
		}
	}
}

func devices(list []driver.Device) []container.DeviceMapping {
	var all []container.DeviceMapping
	for _, d := range list {
		one := container.DeviceMapping{PathOnHost: d.Path, PathInContainer: d.Target, CgroupPermissions: d.Permissions}
		if one.PathInContainer == "" {
			one.PathInContainer = d.Path
		}
		if one.CgroupPermissions == "" {
			one.CgroupPermissions = "rwm"
		}
		all = append(all, one)
	}
	return all
}

func deviceRequests(list []driver.DeviceRequest) []container.DeviceRequest {
	var all []container.DeviceRequest
	for _, r := range list {
		all = append(all, container.DeviceRequest{
			Driver: r.Driver, Count: r.Count, DeviceIDs: r.IDs, Capabilities: r.Capabilities, Options: r.Options,
		})
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

// hostMode is the engine's word for the host's own namespace.
const hostMode = "host"

func setNamespaces(config *container.HostConfig, host []driver.Namespace) {
	for _, n := range host {
		switch n {
		case driver.NamespacePID:
			config.PidMode = hostMode
		case driver.NamespaceIPC:
			config.IpcMode = hostMode
		case driver.NamespaceUTS:
			config.UTSMode = hostMode
		case driver.NamespaceUser:
			config.UsernsMode = hostMode
		case driver.NamespaceCgroup:
			config.CgroupnsMode = hostMode
		}
	}
}

// The engine's names of the options that its confinement has.
const (
	optionNoNewPrivileges = "no-new-privileges:true"
	optionSeccomp         = "seccomp="
	optionAppArmor        = "apparmor="
	optionSELinux         = "label="
)

func securityOptions(s driver.Security) []string {
	var options []string
	if s.NoNewPrivileges {
		options = append(options, optionNoNewPrivileges)
	}
	if s.Seccomp != "" {
		options = append(options, optionSeccomp+s.Seccomp)
	}
	if s.AppArmor != "" {
		options = append(options, optionAppArmor+s.AppArmor)
	}
	for _, label := range s.SELinux {
		options = append(options, optionSELinux+label)
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
		Interval: h.Interval, Timeout: h.Timeout, StartPeriod: h.StartPeriod, StartInterval: h.StartInterval, Retries: h.Retries,
	}
	if len(h.Command) > 0 {
		config.Test = append([]string{"CMD"}, h.Command...)
	}
	return config
}
