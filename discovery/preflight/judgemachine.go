package preflight

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/docker/go-units"
)

// architectures are those that CloudStack has templates for, as Go names them.
var architectures = []string{"amd64", "arm64", "s390x"}

// oldestKernel is the first of the series that has what engines and instances rely on:
// overlay2 and the pids controller.
const oldestKernel = 4

func judgePlatform(f Facts, _ Options) Finding {
	h := f.Host
	switch {
	case h.Platform.OS != "linux":
		return fail("use a Linux host", "its instances run on %q", h.Platform.OS)
	case !slices.Contains(architectures, h.Platform.Architecture):
		return fail("use a host of one of "+strings.Join(architectures, ", "), "its architecture is %q", h.Platform.Architecture)
	}
	major, _, _ := strings.Cut(h.Kernel, ".")
	number, err := strconv.Atoi(major)
	switch {
	case err != nil:
		return warn("see that it is Linux 4 or newer", "its kernel's version %q can't be read", h.Kernel)
	case number < oldestKernel:
		return fail("upgrade the kernel to Linux 4 or newer", "its kernel is %s", h.Kernel)
	}
	return pass("%s, Linux %s on %s", h.Platform, h.Kernel, h.OperatingSystem)
}

// judgeName wants a name of its own, which the host must know itself: hosts are told
// apart by it, and what runs there finds itself.
func judgeName(f Facts, _ Options) Finding {
	name, _, _ := strings.Cut(f.Host.Name, ".")
	switch {
	case name == "" || name == "localhost":
		return fail("give the machine a name, such as with hostnamectl set-hostname, and restart its engine", "its name is %q", f.Host.Name)
	case f.Machine == nil:
		return pass("it is %s; whether it can resolve that, only its own machine can tell", f.Host.Name)
	case f.Machine.Resolves != nil:
		return fail("have DNS know the name, or add it to /etc/hosts", "it can't resolve its own name: %v", f.Machine.Resolves)
	}
	return pass("it is %s, and resolves", f.Machine.Name)
}

func judgeClock(f Facts, o Options) Finding {
	skew := f.Host.ClockSkew
	switch {
	case f.Host.Time.IsZero():
		return skip("the engine does not tell the time")
	case skew.Abs() > o.MaxClockSkew:
		return warn("set the clock by NTP, such as with timedatectl set-ntp true",
			"its clock differs from ours by %s, more than %s", skew.Round(time.Millisecond), o.MaxClockSkew)
	}
	return pass("its clock differs from ours by %s", skew.Round(time.Millisecond))
}

func judgeDisk(f Facts, o Options) Finding {
	free := f.Host.Capacity.DiskFree
	if f.Machine == nil || free.String() == "unknown" {
		return skip("only the host's own machine can tell")
	}
	root, inodes := f.Host.DataRoot, f.Machine.Inodes
	switch {
	case free.Value < float64(o.MinDisk):
		return fail("make room, such as with docker system prune, or give "+root+" a larger disk",
			"%s are free in %s, less than %s", units.BytesSize(free.Value), root, units.BytesSize(float64(o.MinDisk)))
	case inodes.String() != "unknown" && inodes.Value < float64(o.MinInodes):
		return fail("remove files there, or give "+root+" a file system with more inodes",
			"there is room for %s more files in %s, less than %d", inodes, root, o.MinInodes)
	}
	return pass("%s and %s inodes are free in %s", units.BytesSize(free.Value), inodes, root)
}

func judgeMemory(f Facts, o Options) Finding {
	switch m := f.Host.Memory; {
	case m == 0:
		return skip("the engine does not tell its memory")
	case m < o.MinMemory:
		return fail("give the machine more memory", "it has %s, less than %s", units.BytesSize(float64(m)), units.BytesSize(float64(o.MinMemory)))
	default:
		return pass("it has %s", units.BytesSize(float64(m)))
	}
}
