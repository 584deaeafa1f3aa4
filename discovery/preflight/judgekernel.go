package preflight

import (
	"slices"
	"strings"

	"github.com/dockerhv/dockerhv/driver"
)

// judgeCgroup wants control groups that bound what an instance may use, for that is what
// a cloud sells.
func judgeCgroup(f Facts, _ Options) Finding {
	h := f.Host
	var missing []string
	for _, c := range []struct {
		name string
		has  bool
	}{{"cpu", h.LimitsCPU}, {"memory", h.LimitsMemory}, {"pids", h.LimitsPIDs}} {
		if !c.has {
			missing = append(missing, c.name)
		}
	}
	remedy := "have the kernel enable them, such as by cgroup_enable=memory on its command line"
	if h.Rootless {
		remedy = "run the engine under systemd with cgroup v2, and delegate the controllers to its user (Delegate=cpu memory pids)"
	}
	switch {
	case h.CgroupVersion != "1" && h.CgroupVersion != "2":
		return fail("mount control groups and restart the engine", "the version of its control groups is %q", h.CgroupVersion)
	case h.CgroupDriver == "" || h.CgroupDriver == "none":
		return fail(remedy, "the engine may use no control groups")
	case len(missing) > 0:
		return fail(remedy, "control groups v%s do not bound: %s", h.CgroupVersion, strings.Join(missing, ", "))
	}
	return pass("control groups v%s by %s bound cpu, memory and pids", h.CgroupVersion, h.CgroupDriver)
}

// judgeLimits looks for bounds that are good to have, and at what the engine warns of
// itself and no other check looks at.
func judgeLimits(f Facts, _ Options) Finding {
	h := f.Host
	switch strange := slices.DeleteFunc(slices.Clone(h.Warnings), isKnown); {
	case !h.LimitsSwap:
		return warn("boot the kernel with swapaccount=1, or without swap", "swap is not bounded: an instance may use more than its memory")
	case !h.LimitsCPUSet:
		return warn("have the kernel enable the controller cpuset", "instances can't be kept to some CPUs")
	case len(strange) > 0:
		return warn("see the engine's documentation", "the engine warns: %s", strings.Join(strange, "; "))
	}
	return pass("swap and sets of CPUs are bounded")
}

// The engine's warnings that are looked at one by one, by what they have in them; the
// engine tells of these things in no other way.
const (
	warnsForwarding = "forwarding is disabled"
	warnsBridge     = "bridge-nf-call-ip"
	warnsExposed    = "API is accessible on"
)

// isKnown tells of a warning that another check looks at, or that says of a bound of I/O
// that it is missing, which is told to who asks for one.
func isKnown(warning string) bool {
	return slices.ContainsFunc([]string{
		warnsForwarding, warnsBridge, warnsExposed,
		"No blkio", "No io.", "No swap limit", "No cpuset", "No memory limit", "No cpu ", "No cgroup ", "No kernel memory", "No oom kill",
	}, func(known string) bool { return strings.Contains(warning, known) })
}

// warningOf returns the engine's first warning that has a text in it; empty for none.
func warningOf(h *driver.Host, text string) string {
	i := slices.IndexFunc(h.Warnings, func(w string) bool { return strings.Contains(w, text) })
	if i < 0 {
		return ""
	}
	return h.Warnings[i]
}

// judgeSecurity looks at what confines instances. It warns only of what no engine should
// be without.
func judgeSecurity(f Facts, _ Options) Finding {
	h := f.Host
	if h.SecurityOptions == nil {
		return skip("the engine does not tell what confines instances")
	}
	if !slices.Contains(h.SecurityOptions, "seccomp") {
		return warn("use a kernel and an engine with seccomp", "instances may use every system call: there is no seccomp")
	}
	confined := "root in an instance is root on the host, in confinement"
	switch {
	case h.Rootless:
		confined = "the engine is not root"
	case h.UserNamespaces:
		confined = "root in an instance is nobody on the host"
	}
	return pass("instances are confined by %s; %s", strings.Join(h.SecurityOptions, ", "), confined)
}

// storageDrivers are those that share layers without copying them, and that engines
// still support.
var storageDrivers = []string{"overlay2", "overlayfs", "fuse-overlayfs", "btrfs", "zfs"}

func judgeStorage(f Facts, o Options) Finding {
	h := f.Host
	switch {
	case !slices.Contains(storageDrivers, h.StorageDriver):
		return fail("use overlay2, on ext4 or on xfs with ftype=1", "its storage driver is %q, which is slow or given up", h.StorageDriver)
	case o.DiskQuota && !h.LimitsDisk:
		return warn("keep "+h.DataRoot+" on xfs mounted with pquota, or on btrfs or zfs, without containerd's image store",
			"%s on its file system can't bound what instances write", h.StorageDriver)
	case h.LimitsDisk:
		return pass("%s, which may bound what instances write", h.StorageDriver)
	}
	return pass("%s", h.StorageDriver)
}
