package driver

import (
	"fmt"
	"math"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

var setPattern = regexp.MustCompile(`^\d+(-\d+)?(,\d+(-\d+)?)*$`)

// The bounds of the kernel's and the engines' own, by the files or settings that they
// are for.
const (
	maxCPU      = 8191    // CONFIG_NR_CPUS at most, counted from 0
	maxNode     = 1023    // CONFIG_NODES_SHIFT at most, counted from 0
	maxPIDs     = 4194304 // PID_MAX_LIMIT, for pids.max
	maxOOMScore = 1000    // oom_score_adj
	minIOWeight = 10
	maxIOWeight = 1000
)

// ulimitNames are those of setrlimit(2) that runtimes know.
var ulimitNames = []string{
	"as", "core", "cpu", "data", "fsize", "locks", "memlock", "msgqueue", "nice", "nofile", "nproc", "rss", "rtprio",
	"rttime", "sigpending", "stack",
}

func validateLimits(r Resources) error {
	switch {
	case r.CPUShares != 0 && (r.CPUShares < 2 || r.CPUShares > 262144):
		return field("resources.cpuShares", "%d is refused; use 2 to 262144, or 0 for the default", r.CPUShares)
	case !validSet(r.CPUSet, maxCPU):
		return field("resources.cpuSet", "%q is no list of CPUs from 0 to %d; write 0-1,3", r.CPUSet, maxCPU)
	case !validSet(r.MemoryNodes, maxNode):
		return field("resources.memoryNodes", "%q is no list of nodes from 0 to %d; write 0-1,3", r.MemoryNodes, maxNode)
	case r.PIDs < Unlimited || r.PIDs > maxPIDs:
		return field("resources.pids", "%d is refused; use 1 to %d, -1 for no bound or 0 for the default", r.PIDs, maxPIDs)
	case r.SharedMemory < 0:
		return field("resources.sharedMemory", "%d bytes is refused; use 0 for the default", r.SharedMemory)
	case r.Disk < 0:
		return field("resources.disk", "%d bytes is refused; use 0 for the default", r.Disk)
	}
	return validateMemory(r)
}

// ValidateResize tells whether a host can put bounds in force for an instance that
// exists, as Validate does: some stay what they were at its creation.
func ValidateResize(r Resources, h Host) error {
	for _, fixed := range []struct {
		name string
		set  bool
	}{
		{"sharedMemory", r.SharedMemory != 0}, {"oomScore", r.OOMScore != 0}, {"noOOMKill", r.NoOOMKill}, {"disk", r.Disk != 0},
	} {
		if fixed.set {
			return field("resources."+fixed.name, "can't be changed of an instance that exists; create another")
		}
	}
	return ValidateResources(r, h)
}

func validateMemory(r Resources) error {
	switch {
	case r.MemoryReservation < 0 || (r.MemoryReservation > 0 && r.MemoryReservation < MinMemory):
		return field("resources.memoryReservation", "%d bytes is refused; use at least %d, or 0 for none", r.MemoryReservation, MinMemory)
	case r.Memory > 0 && r.MemoryReservation > r.Memory:
		return field("resources.memoryReservation", "%d bytes is more than the memory of %d", r.MemoryReservation, r.Memory)
	case r.Swap < NoSwap || r.Swap > math.MaxInt64-max(0, r.Memory):
		return field("resources.swap", "%d bytes is refused; use -1 for no bound, -2 for none or 0 for the default", r.Swap)
	case r.Swap != 0 && r.Memory <= 0:
		return field("resources.swap", "needs a bound on memory, which it adds to")
	case r.NoOOMKill && r.Memory <= 0:
		return field("resources.noOOMKill", "needs a bound on memory, or the host would run out of it")
	case r.OOMScore < -maxOOMScore || r.OOMScore > maxOOMScore:
		return field("resources.oomScore", "%d is refused; use -%d to %d", r.OOMScore, maxOOMScore, maxOOMScore)
	}
	return nil
}

// validSet tells whether a text is empty or a list of numbers and ranges, of which
// none exceeds a bound.
func validSet(set string, most int) bool {
	if set == "" {
		return true
	}
	if !setPattern.MatchString(set) {
		return false
	}
	for part := range strings.SplitSeq(set, ",") {
		low, high, isRange := strings.Cut(part, "-")
		if !isRange {
			high = low
		}
		from, err := strconv.Atoi(low)
		to, toErr := strconv.Atoi(high)
		if err != nil || toErr != nil || from > to || to > most {
			return false
		}
	}
	return true
}

func validateIO(io IO) error {
	if !validWeight(io.Weight) {
		return field("io.weight", "%d is refused; use %d to %d, or 0 for the default", io.Weight, minIOWeight, maxIOWeight)
	}
	seen := make(map[string]bool, len(io.Devices))
	for i, d := range io.Devices {
		at := fmt.Sprintf("io.devices[%d]", i)
		switch {
		case !strings.HasPrefix(d.Device, "/dev/") || path.Clean(d.Device) != d.Device:
			return field(at+".device", "%q is no clean path below /dev", d.Device)
		case seen[d.Device]:
			return field(at+".device", "%q is there twice", d.Device)
		case !validWeight(d.Weight):
			return field(at+".weight", "%d is refused; use %d to %d, or 0 for the default", d.Weight, minIOWeight, maxIOWeight)
		case d == DeviceIO{Device: d.Device}:
			return field(at, "bounds nothing of %q", d.Device)
		}
		seen[d.Device] = true
	}
	return nil
}

func validWeight(w uint16) bool { return w == 0 || w >= minIOWeight && w <= maxIOWeight }

func validateUlimits(limits map[string]Ulimit) error {
	for name, limit := range limits {
		switch {
		case !slices.Contains(ulimitNames, name):
			return field("ulimits."+name, "is no limit; there are %s", strings.Join(ulimitNames, ", "))
		case limit.Soft < Unlimited || limit.Hard < Unlimited:
			return field("ulimits."+name, "is negative; use -1 for none")
		case limit.Hard >= 0 && (limit.Soft < 0 || limit.Soft > limit.Hard):
			return field("ulimits."+name, "the soft limit %d exceeds the hard one %d", limit.Soft, limit.Hard)
		}
	}
	return nil
}
