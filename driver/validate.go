package driver

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"strings"

	"github.com/dockerhv/dockerhv"
)

// MinMemory is the least memory that a Docker Engine accepts, in bytes. To start
// anything, the runtimes of some engines need more: 16 MiB do.
const MinMemory = 6 << 20

// minCPUs is the least share of a CPU that a Docker Engine accepts.
const minCPUs = 0.01

var (
	idPattern     = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$`)
	imagePattern  = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)
	signalPattern = regexp.MustCompile(`^(SIG)?[A-Z][A-Z0-9+-]*$|^[1-9][0-9]?$`)
	hostPattern   = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9.-]{0,61}[A-Za-z0-9])?$`)
)

// Validate tells whether a host can honour a spec. It is pure, and the one place
// of these rules: gurus and drivers both call it. A zero Host leaves out what
// depends on the host. The first fault of each part of the spec (identity, texts,
// process, resources, NICs, ports) is reported, as a *dockerhv.FieldError; what the
// host lacks matches errors.ErrUnsupported.
func Validate(s Spec, h Host) error {
	return errors.Join(
		validateIdentity(s),
		validateText(s),
		validateProcess(s),
		ValidateResources(s.Resources, h),
		validateNICs(s.NICs),
		validatePorts(s),
		validateSharing(s),
		validateDNS(s.DNS),
		validateMounts(s.Mounts),
		validateFiles(s),
		validateUlimits(s.Ulimits),
		validateIO(s.IO),
		validateSecurity(s),
		validateRuntime(s),
		ValidateRestart(s.Restart),
		validateHealth(s.Health),
	)
}

func validateIdentity(s Spec) error {
	switch {
	case s.ID == "":
		return field("id", "is empty; give the instance the orchestrator's ID")
	case !idPattern.MatchString(s.ID):
		return field("id", "%q is refused; use 1 to 63 letters, digits, '_', '.' or '-'", s.ID)
	case !imagePattern.MatchString(s.Image):
		return field("image", "%q is no image ID; install the template and use Image.ID", s.Image)
	case s.Hostname != "" && !hostPattern.MatchString(s.Hostname):
		return field("hostname", "%q is no host name", s.Hostname)
	case s.Domain != "" && !domainPattern.MatchString(s.Domain):
		return field("domain", "%q is no domain", s.Domain)
	}
	return nil
}

func validateProcess(s Spec) error {
	for name := range s.Env {
		if name == "" || strings.Contains(name, "=") {
			return field("env", "%q is no name of an environment variable", name)
		}
	}
	switch {
	case s.StopSignal != "" && ValidateSignal(s.StopSignal) != nil:
		return field("stopSignal", "%q is no signal; write SIGTERM or 15", s.StopSignal)
	case s.StopGrace < 0:
		return field("stopGrace", "is negative; use 0 for %v", DefaultStopGrace)
	case s.WorkDir != "" && !strings.HasPrefix(s.WorkDir, "/"):
		return field("workDir", "%q is not absolute", s.WorkDir)
	}
	return nil
}

// ValidateSignal tells whether a text can be a signal: "SIGHUP", "HUP" or "1".
// Which signals there are, the host knows.
func ValidateSignal(signal string) error {
	if !signalPattern.MatchString(signal) {
		return field("signal", "%q is no signal; write SIGTERM or 15", signal)
	}
	return nil
}

// ValidateResources tells whether a host can honour bounds, as Validate does.
func ValidateResources(r Resources, h Host) error {
	if err := validateLimits(r); err != nil {
		return err
	}
	known := h.CPUs > 0 // a zero Host knows nothing
	switch {
	case math.IsNaN(r.CPUs) || math.IsInf(r.CPUs, 0) || r.CPUs < 0 || (r.CPUs > 0 && r.CPUs < minCPUs):
		return field("resources.cpus", "%v is refused; use at least %v, or 0 for no bound", r.CPUs, minCPUs)
	case r.Memory < 0 || (r.Memory > 0 && r.Memory < MinMemory):
		return field("resources.memory", "%d bytes is refused; use at least %d, or 0 for no bound", r.Memory, MinMemory)
	case !known:
		return nil
	case r.CPUs > float64(h.CPUs):
		return field("resources.cpus", "%v is more than the host's %d CPUs; use a smaller offering or another host", r.CPUs, h.CPUs)
	case h.Memory > 0 && r.Memory > h.Memory:
		return field("resources.memory", "%d bytes is more than the host's %d; use a smaller offering or another host", r.Memory, h.Memory)
	case r.CPUs > 0 && !h.LimitsCPU:
		return unsupported("resources.cpus", h)
	case r.Memory > 0 && !h.LimitsMemory:
		return unsupported("resources.memory", h)
	}
	return nil
}

func field(path, format string, args ...any) error {
	return &dockerhv.FieldError{Field: path, Reason: fmt.Sprintf(format, args...)}
}

func unsupported(path string, h Host) error {
	return &dockerhv.Error{
		Op: "honour " + path, Host: h.Name, Class: errors.ErrUnsupported,
		Err:  fmt.Errorf("the kernel of this host (engine %s, cgroup %s) enforces no such bound", h.Version, h.CgroupVersion),
		Next: "leave it 0 or enable the cgroup controller on the host",
	}
}
