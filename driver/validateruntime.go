package driver

import (
	"encoding/json"
	"fmt"
	"path"
	"regexp"
	"strings"
)

var (
	cpuSetPattern     = regexp.MustCompile(`^\d+(-\d+)?(,\d+(-\d+)?)*$`)
	capabilityPattern = regexp.MustCompile(`^[A-Z][A-Z0-9_]*$`)
	volumePattern     = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]+$`)
)

// maxSeccomp bounds a seccomp profile, in bytes.
const maxSeccomp = 1 << 20

func validateMounts(mounts []Mount) error {
	targets := make(map[string]bool, len(mounts))
	for i, m := range mounts {
		at := fmt.Sprintf("mounts[%d]", i)
		switch {
		case !path.IsAbs(m.Target) || path.Clean(m.Target) == "/":
			return field(at+".target", "%q is no absolute path below /", m.Target)
		case targets[path.Clean(m.Target)]:
			return field(at+".target", "%q is there twice", m.Target)
		case m.Size < 0 || (m.Size > 0 && m.Type != MountTmpfs):
			return field(at+".size", "only a tmpfs has a size, and not a negative one")
		}
		targets[path.Clean(m.Target)] = true
		if err := validateSource(at+".source", m); err != nil {
			return err
		}
	}
	return nil
}

func validateSource(at string, m Mount) error {
	switch m.Type {
	case MountVolume:
		if m.Source != "" && !volumePattern.MatchString(m.Source) {
			return field(at, "%q is no name of a volume", m.Source)
		}
	case MountBind:
		if !path.IsAbs(m.Source) || path.Clean(m.Source) != m.Source {
			return field(at, "%q is no clean absolute path of the host", m.Source)
		}
	case MountTmpfs:
		if m.Source != "" {
			return field(at, "a tmpfs has none")
		}
	default:
		return field(strings.TrimSuffix(at, "source")+"type", "%q is refused; use volume, bind or tmpfs", m.Type)
	}
	return nil
}

func validateSecurity(s Security) error {
	for _, c := range append(append([]string(nil), s.AddCapabilities...), s.DropCapabilities...) {
		if !capabilityPattern.MatchString(c) || strings.HasPrefix(c, "CAP_") {
			return field("security.capabilities", "%q is no capability; write NET_ADMIN or ALL", c)
		}
	}
	for _, device := range s.Devices {
		if !strings.HasPrefix(device, "/dev/") || path.Clean(device) != device {
			return field("security.devices", "%q is no clean path below /dev", device)
		}
	}
	if s.Seccomp != "" && s.Seccomp != "unconfined" && (len(s.Seccomp) > maxSeccomp || !json.Valid([]byte(s.Seccomp))) {
		return field("security.seccomp", "is neither a profile in JSON of at most %d bytes nor unconfined", maxSeccomp)
	}
	return nil
}

// ValidateRestart tells whether there can be such a restart policy, as Validate does.
func ValidateRestart(r Restart) error {
	switch r.Policy {
	case RestartNever, RestartAlways, RestartUnlessStopped:
		if r.MaxRetries != 0 {
			return field("restart.maxRetries", "is only for on-failure")
		}
	case RestartOnFailure:
		if r.MaxRetries < 0 {
			return field("restart.maxRetries", "is negative; use 0 for no bound")
		}
	default:
		return field("restart.policy", "%q is refused; use on-failure, always, unless-stopped or none", r.Policy)
	}
	return nil
}

func validateHealth(h *HealthCheck) error {
	switch {
	case h == nil:
	case h.Disabled && len(h.Command) > 0:
		return field("health", "is disabled and has a command; leave one of the two out")
	case h.Interval < 0 || h.Timeout < 0 || h.StartPeriod < 0 || h.Retries < 0:
		return field("health", "has a negative time or number; use 0 for the engine's default")
	}
	return nil
}

func validateLimits(r Resources) error {
	switch {
	case r.CPUShares != 0 && (r.CPUShares < 2 || r.CPUShares > 262144):
		return field("resources.cpuShares", "%d is refused; use 2 to 262144, or 0 for the default", r.CPUShares)
	case r.CPUSet != "" && !cpuSetPattern.MatchString(r.CPUSet):
		return field("resources.cpuSet", "%q is no list of CPUs; write 0-1,3", r.CPUSet)
	case r.MemoryReservation < 0 || (r.MemoryReservation > 0 && r.MemoryReservation < MinMemory):
		return field("resources.memoryReservation", "%d bytes is refused; use at least %d, or 0 for none", r.MemoryReservation, MinMemory)
	case r.Memory > 0 && r.MemoryReservation > r.Memory:
		return field("resources.memoryReservation", "%d bytes is more than the memory of %d", r.MemoryReservation, r.Memory)
	case r.SharedMemory < 0 || r.PIDs < 0:
		return field("resources", "a negative bound is refused; use 0 for none")
	}
	return nil
}

func validateUlimits(limits map[string]Ulimit) error {
	for name, limit := range limits {
		if limit.Soft < -1 || limit.Hard < -1 || (limit.Hard >= 0 && (limit.Soft < 0 || limit.Soft > limit.Hard)) {
			return field("ulimits."+name, "the soft limit %d exceeds the hard one %d", limit.Soft, limit.Hard)
		}
	}
	return nil
}
