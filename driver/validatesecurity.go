package driver

import (
	"encoding/json"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
)

var (
	capabilityPattern  = regexp.MustCompile(`^[A-Z][A-Z0-9_]*$`)
	permissionsPattern = regexp.MustCompile(`^r?w?m?$`)
	deviceRulePattern  = regexp.MustCompile(`^[abc] (\d+|\*):(\d+|\*) [rwm]{1,3}$`)
	// cdiPattern is of a qualified device name: vendor/class=name.
	cdiPattern     = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_.-]*/[A-Za-z][A-Za-z0-9_.-]*=[A-Za-z0-9][A-Za-z0-9_.:-]*$`)
	profilePattern = regexp.MustCompile(`^[A-Za-z0-9/][A-Za-z0-9_./-]*$`)
	labelPattern   = regexp.MustCompile(`^(user|role|type|level|filetype):[A-Za-z0-9_.:,-]+$`)
	sysctlPattern  = regexp.MustCompile(`^[a-z0-9_-]+([./][A-Za-z0-9_*-]+)+$`)
)

// maxSeccomp bounds a seccomp profile, in bytes.
const maxSeccomp = 1 << 20

func validateSecurity(s Spec) error {
	for _, c := range slices.Concat(s.Security.AddCapabilities, s.Security.DropCapabilities) {
		if !capabilityPattern.MatchString(c) || strings.HasPrefix(c, "CAP_") {
			return field("security.capabilities", "%q is no capability; write NET_ADMIN or ALL", c)
		}
	}
	for _, group := range s.Security.Groups {
		if group == "" || strings.ContainsAny(group, " :\n") {
			return field("security.groups", "%q is no name or number of a group", group)
		}
	}
	for _, validate := range []func(Spec) error{validateProfiles, validateNamespaces, validateSysctls} {
		if err := validate(s); err != nil {
			return err
		}
	}
	return validateDevices(s.Security)
}

func validateProfiles(s Spec) error {
	seccomp := s.Security.Seccomp
	isProfile := strings.HasPrefix(strings.TrimSpace(seccomp), "{") && json.Valid([]byte(seccomp))
	switch {
	case len(seccomp) > maxSeccomp:
		return field("security.seccomp", "is longer than %d bytes", maxSeccomp)
	case seccomp != "" && seccomp != Unconfined && !isProfile:
		return field("security.seccomp", "is neither a profile's text in JSON nor unconfined; read the file and give what is in it")
	case s.Security.AppArmor != "" && !profilePattern.MatchString(s.Security.AppArmor):
		return field("security.appArmor", "%q is no name of a profile", s.Security.AppArmor)
	}
	for _, label := range s.Security.SELinux {
		alone := label == "disable" && len(s.Security.SELinux) == 1
		if !alone && !labelPattern.MatchString(label) {
			return field("security.seLinux", "%q is no part of a label; write type:container_t, or disable alone", label)
		}
	}
	return nil
}

func validateNamespaces(s Spec) error {
	seen := make(map[Namespace]bool)
	for _, n := range s.Security.HostNamespaces {
		switch n {
		case NamespacePID, NamespaceIPC, NamespaceUTS, NamespaceUser, NamespaceCgroup:
		default:
			return field("security.hostNamespaces", "%q is refused; use pid, ipc, uts, user or cgroup, and for the network a NIC on host", n)
		}
		if seen[n] {
			return field("security.hostNamespaces", "%q is there twice", n)
		}
		seen[n] = true
	}
	if seen[NamespaceUTS] && s.Hostname != "" {
		return field("hostname", "is the host's own in its namespace uts; leave one of the two out")
	}
	return nil
}

// validateSysctls: what is set in a namespace of the host would be set for the host.
func validateSysctls(s Spec) error {
	host := func(n Namespace) bool { return slices.Contains(s.Security.HostNamespaces, n) }
	onHost := slices.ContainsFunc(s.NICs, func(n NIC) bool { return n.Network == "host" })
	for name := range s.Security.Sysctls {
		dotted := strings.ReplaceAll(name, "/", ".")
		switch {
		case !sysctlPattern.MatchString(name):
			return field("security.sysctls", "%q is no name of a parameter; write net.core.somaxconn", name)
		case onHost && strings.HasPrefix(dotted, "net."),
			host(NamespaceIPC) && (strings.HasPrefix(dotted, "fs.mqueue.") || strings.HasPrefix(dotted, "kernel.")),
			host(NamespaceUTS) && dotted == "kernel.domainname":
			return field("security.sysctls", "%q is the host's own in a namespace of the host; leave one of the two out", name)
		}
	}
	return nil
}

func validateDevices(s Security) error {
	for i, d := range s.Devices {
		at := fmt.Sprintf("security.devices[%d]", i)
		switch {
		case !strings.HasPrefix(d.Path, "/dev/") || path.Clean(d.Path) != d.Path:
			return field(at+".path", "%q is no clean path below /dev", d.Path)
		case d.Target != "" && (!path.IsAbs(d.Target) || path.Clean(d.Target) != d.Target):
			return field(at+".target", "%q is no clean absolute path", d.Target)
		case !permissionsPattern.MatchString(d.Permissions):
			return field(at+".permissions", "%q is refused; use some of rwm, in this order", d.Permissions)
		}
	}
	for i, rule := range s.DeviceRules {
		if !deviceRulePattern.MatchString(rule) {
			return field(fmt.Sprintf("security.deviceRules[%d]", i), "%q is no rule; write c 10:200 rwm", rule)
		}
	}
	for i, r := range s.DeviceRequests {
		if err := validateRequest(fmt.Sprintf("security.deviceRequests[%d]", i), r); err != nil {
			return err
		}
	}
	return nil
}

func validateRequest(at string, r DeviceRequest) error {
	switch {
	case r.Count < Unlimited:
		return field(at+".count", "is %d; use -1 for all", r.Count)
	case (r.Count == 0) == (len(r.IDs) == 0):
		return field(at, "needs either a count or IDs")
	case slices.ContainsFunc(r.Capabilities, func(set []string) bool { return len(set) == 0 }):
		return field(at+".capabilities", "has an empty set")
	case r.Driver == "" && len(r.Capabilities) == 0:
		return field(at, "needs a driver or capabilities to find one by")
	case r.Driver != DeviceDriverCDI:
		return nil
	case r.Count != 0 || len(r.Capabilities) > 0 || len(r.Options) > 0:
		return field(at, "of cdi has IDs alone")
	}
	for _, id := range r.IDs {
		if !cdiPattern.MatchString(id) {
			return field(at+".ids", "%q is no qualified name; write vendor.example/class=name", id)
		}
	}
	return nil
}
