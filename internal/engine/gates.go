package engine

import (
	"errors"
	"fmt"
	"slices"

	"github.com/docker/docker/api/types/versions"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

// gate is what an option of a spec needs of a host. An engine that lacks it would
// drop the option silently, or fail when nobody expects it any more.
type gate struct {
	option string // the spec's path
	used   func(driver.Spec) bool
	api    string                              // the oldest API that has it; empty means any
	has    func(driver.Host, driver.Spec) bool // whether the host has the rest; nil means any
	needs  string                              // what that is
}

// Gate tells whether a host can honour all options of a spec that not every host can.
// What it can't is errors.ErrUnsupported, and names the option, what it needs and
// what there is.
func Gate(spec driver.Spec, host driver.Host) error {
	var all []error
	for _, g := range gates() {
		switch {
		case !g.used(spec):
		case g.api != "" && versions.LessThan(host.APIVersion, g.api):
			all = append(all, g.refuse(host, "API "+g.api))
		case g.has != nil && !g.has(host, spec):
			all = append(all, g.refuse(host, g.needs))
		}
	}
	return errors.Join(all...)
}

// gates is the table of what options need, beside what driver.Validate knows.
func gates() []gate {
	return slices.Concat(resourceGates(), securityGates(), mountGates(), runtimeGates())
}

func (g gate) refuse(host driver.Host, needs string) error {
	return &dockerhv.Error{
		Op: "honour " + g.option, Host: host.Name, Class: errors.ErrUnsupported,
		Err: fmt.Errorf("it needs %s; this is engine %s with API %s, cgroup v%s and the storage driver %s",
			needs, host.Version, host.APIVersion, host.CgroupVersion, host.StorageDriver),
		Next: "leave the option out or use another host",
	}
}

func resourceGates() []gate {
	has := func(ask func(driver.Host) bool) func(driver.Host, driver.Spec) bool {
		return func(h driver.Host, _ driver.Spec) bool { return ask(h) }
	}
	device := func(ask func(driver.DeviceIO) bool) func(driver.Spec) bool {
		return func(s driver.Spec) bool { return slices.ContainsFunc(s.IO.Devices, ask) }
	}
	return []gate{
		{
			option: "resources.cpuShares", used: func(s driver.Spec) bool { return s.Resources.CPUShares != 0 },
			has: has(func(h driver.Host) bool { return h.LimitsCPUShares }), needs: "the kernel's CPU shares",
		},
		{
			option: "resources.cpuSet", used: func(s driver.Spec) bool { return s.Resources.CPUSet != "" },
			has: has(func(h driver.Host) bool { return h.LimitsCPUSet }), needs: "the cgroup controller cpuset",
		},
		{
			option: "resources.memoryNodes", used: func(s driver.Spec) bool { return s.Resources.MemoryNodes != "" },
			has: has(func(h driver.Host) bool { return h.LimitsCPUSet }), needs: "the cgroup controller cpuset",
		},
		{
			option: "resources.swap", used: func(s driver.Spec) bool { return s.Resources.Swap != 0 },
			has: has(func(h driver.Host) bool { return h.LimitsSwap }), needs: "the kernel's swap accounting",
		},
		{
			option: "resources.pids", used: func(s driver.Spec) bool { return s.Resources.PIDs > 0 },
			has: has(func(h driver.Host) bool { return h.LimitsPIDs }), needs: "the cgroup controller pids",
		},
		{
			option: "resources.oomScore", used: func(s driver.Spec) bool { return s.Resources.OOMScore < 0 },
			has: has(func(h driver.Host) bool { return !h.Rootless }), needs: "an engine that runs as root",
		},
		{
			option: "resources.noOOMKill", used: func(s driver.Spec) bool { return s.Resources.NoOOMKill },
			has: has(func(h driver.Host) bool { return h.DisablesOOM }), needs: "the OOM control of cgroup v1",
		},
		{
			option: "resources.disk", used: func(s driver.Spec) bool { return s.Resources.Disk > 0 },
			has: has(func(h driver.Host) bool { return h.LimitsDisk }), needs: "a storage driver with quotas, such as overlay2 on xfs with pquota, btrfs or zfs",
		},
		{
			option: "io.weight", used: func(s driver.Spec) bool { return s.IO.Weight > 0 },
			has: has(func(h driver.Host) bool { return h.WeighsIO }), needs: "the kernel's weights of block I/O",
		},
		{
			option: "io.devices.weight", used: device(func(d driver.DeviceIO) bool { return d.Weight > 0 }),
			has: has(func(h driver.Host) bool { return h.WeighsDeviceIO }), needs: "the kernel's weights of block I/O by device",
		},
		{
			option: "io.devices",
			used:   device(func(d driver.DeviceIO) bool { return d != driver.DeviceIO{Device: d.Device, Weight: d.Weight} }),
			has:    has(func(h driver.Host) bool { return h.LimitsIO }), needs: "the kernel's throttling of block I/O",
		},
	}
}

func securityGates() []gate {
	// own is for what needs the instance's users to be the host's.
	own := func(h driver.Host, s driver.Spec) bool {
		return !h.UserNamespaces || slices.Contains(s.Security.HostNamespaces, driver.NamespaceUser)
	}
	const ownNeeds = "the host's users: an engine without userns-remap, or the host's namespace user"
	confined := func(by string) func(driver.Host, driver.Spec) bool {
		return func(h driver.Host, _ driver.Spec) bool { return slices.Contains(h.SecurityOptions, by) }
	}
	return []gate{
		{option: "security.privileged", used: func(s driver.Spec) bool { return s.Security.Privileged }, has: own, needs: ownNeeds},
		{
			option: "security.hostNamespaces",
			used: func(s driver.Spec) bool {
				return slices.Contains(s.Security.HostNamespaces, driver.NamespacePID)
			}, has: own, needs: ownNeeds,
		},
		{
			option: "nics.network",
			used: func(s driver.Spec) bool {
				return slices.ContainsFunc(s.NICs, func(n driver.NIC) bool { return n.Network == "host" })
			}, has: own, needs: ownNeeds,
		},
		{
			option: "security.seccomp",
			used: func(s driver.Spec) bool {
				return s.Security.Seccomp != "" && s.Security.Seccomp != driver.Unconfined
			},
			has: confined("seccomp"), needs: "seccomp, in the kernel and in the engine",
		},
		{
			option: "security.appArmor",
			used: func(s driver.Spec) bool {
				return s.Security.AppArmor != "" && s.Security.AppArmor != driver.Unconfined
			},
			has: confined("apparmor"), needs: "AppArmor, in the kernel and in an engine that runs as root",
		},
		{
			option: "security.seLinux",
			used: func(s driver.Spec) bool {
				return len(s.Security.SELinux) > 0 && s.Security.SELinux[0] != "disable"
			},
			has: confined("selinux"), needs: "SELinux, in the kernel and switched on in the engine",
		},
		{
			option: "security.deviceRules", used: func(s driver.Spec) bool { return len(s.Security.DeviceRules) > 0 },
			has: func(h driver.Host, _ driver.Spec) bool { return !h.Rootless }, needs: "an engine that runs as root",
		},
		{
			option: "security.deviceRequests", api: "1.44", // Engine 25
			used: func(s driver.Spec) bool {
				return slices.ContainsFunc(s.Security.DeviceRequests, func(r driver.DeviceRequest) bool { return r.Driver == driver.DeviceDriverCDI })
			},
		},
	}
}

func mountGates() []gate {
	mount := func(ask func(driver.Mount) bool) func(driver.Spec) bool {
		return func(s driver.Spec) bool { return slices.ContainsFunc(s.Mounts, ask) }
	}
	return []gate{
		{option: "mounts.type", api: "1.48", used: mount(func(m driver.Mount) bool { return m.Type == driver.MountImage })},
		{option: "mounts.subpath", api: "1.45", used: mount(func(m driver.Mount) bool { return m.Subpath != "" && m.Type == driver.MountVolume })},
		{option: "mounts.subpath", api: "1.48", used: mount(func(m driver.Mount) bool { return m.Subpath != "" && m.Type == driver.MountImage })},
		{option: "mounts.readOnlyRecursive", api: "1.44", used: mount(func(m driver.Mount) bool { return m.ReadOnlyRecursive })},
		{option: "mounts.create", api: createsBinds, used: mount(func(m driver.Mount) bool { return m.Create && m.NonRecursive })},
		{
			option: "mounts.relabel", used: mount(func(m driver.Mount) bool { return m.Relabel != "" }),
			has:   func(h driver.Host, _ driver.Spec) bool { return slices.Contains(h.SecurityOptions, "selinux") },
			needs: "SELinux, in the kernel and switched on in the engine",
		},
	}
}

func runtimeGates() []gate {
	return []gate{
		{
			option: "runtime", used: func(s driver.Spec) bool { return s.Runtime != "" },
			has:   func(h driver.Host, s driver.Spec) bool { return slices.Contains(h.Runtimes, s.Runtime) },
			needs: "a runtime of that name in the engine's configuration",
		},
		{option: "annotations", api: "1.43", used: func(s driver.Spec) bool { return len(s.Annotations) > 0 }},
		{
			option: "health.startInterval", api: "1.44",
			used: func(s driver.Spec) bool { return s.Health != nil && s.Health.StartInterval > 0 },
		},
		{
			option: "ports.protocol",
			used: func(s driver.Spec) bool {
				return slices.ContainsFunc(s.Ports, func(p driver.Port) bool { return p.Protocol == driver.SCTP })
			},
			has: func(h driver.Host, _ driver.Spec) bool { return !h.Rootless }, needs: "an engine that runs as root",
		},
	}
}
