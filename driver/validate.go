package driver

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"net"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

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
		validateMounts(s.Mounts),
		validateFiles(s),
		validateUlimits(s.Ulimits),
		validateSecurity(s.Security),
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
	}
	return nil
}

// validateText refuses what a host can't be told exactly: JSON would put another
// text in the place of one that is no UTF-8, and the kernel ends one at its NUL.
func validateText(s Spec) error {
	for _, f := range []struct {
		path  string
		texts []string
	}{
		{"name", []string{s.Name}},
		{"template", []string{string(s.Template.Format), s.Template.Digest, s.Template.Reference}},
		{"user", []string{s.User}},
		{"workDir", []string{s.WorkDir}},
		{"entrypoint", s.Entrypoint},
		{"command", s.Command},
		{"env", slices.Concat(slices.Sorted(maps.Keys(s.Env)), slices.Sorted(maps.Values(s.Env)))},
		{"labels", slices.Concat(slices.Sorted(maps.Keys(s.Labels)), slices.Sorted(maps.Values(s.Labels)))},
	} {
		for _, text := range f.texts {
			if !exact(text) {
				return field(f.path, "holds text that is no UTF-8 or has a NUL") // not which: it may be a secret
			}
		}
	}
	return nil
}

func exact(text string) bool { return utf8.ValidString(text) && !strings.Contains(text, "\x00") }

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

// ValidateResize tells whether a host can put bounds in force in place, as Validate does.
func ValidateResize(r Resources, h Host) error {
	if r.SharedMemory != 0 {
		return field("resources.sharedMemory", "can't be changed; create the instance again")
	}
	return ValidateResources(r, h)
}

func validateNICs(nics []NIC) error {
	for i, nic := range nics {
		path := fmt.Sprintf("nics[%d]", i)
		fixed := nic.IPv4.IsValid() || nic.IPv6.IsValid()
		mac, macErr := net.ParseMAC(nic.MAC)
		switch {
		case !exact(nic.Network):
			return field(path+".network", "%q is no UTF-8 or has a NUL", nic.Network)
		case nic.MAC != "" && (macErr != nil || len(mac) != 6 || mac[0]&1 != 0):
			return field(path+".mac", "%q is no unicast Ethernet address", nic.MAC)
		case nic.IPv4.IsValid() && !nic.IPv4.Is4():
			return field(path+".ipv4", "%v is no IPv4 address", nic.IPv4)
		case nic.IPv6.IsValid() && (!nic.IPv6.Is6() || nic.IPv6.Is4In6() || nic.IPv6.Zone() != ""):
			return field(path+".ipv6", "%v is no IPv6 address", nic.IPv6)
		case fixed && nic.builtin():
			return field(path, "a fixed IP address needs a network of one's own, not the engine's built-in %q", nic.Network)
		case nic.MAC != "" && nic.special():
			return field(path+".mac", "the network %q has no interface to give it to", nic.Network)
		}
	}
	return nil
}

func validatePorts(s Spec) error {
	if len(s.Ports) > 0 && len(s.NICs) > 0 && s.NICs[0].special() {
		return field("ports", "the network %q publishes no ports", s.NICs[0].Network)
	}
	seen := make(map[Port]bool, len(s.Ports))
	for i, p := range s.Ports {
		path := fmt.Sprintf("ports[%d]", i)
		switch p.Protocol {
		case "":
			p.Protocol = TCP
		case TCP, UDP, SCTP:
		default:
			return field(path+".protocol", "%q is refused; use tcp, udp or sctp", p.Protocol)
		}
		if p.Port == 0 {
			return field(path+".port", "is 0; say which port of the instance to publish")
		}
		if seen[p] && p.HostPort != 0 {
			return field(path, "is there twice")
		}
		seen[p] = true
	}
	return nil
}

// builtin tells whether the network is one that every engine has.
func (n NIC) builtin() bool { return n.Network == "" || n.Network == "bridge" || n.special() }

// special tells whether the network gives the instance no interface of its own.
func (n NIC) special() bool { return n.Network == "none" || n.Network == "host" }

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
