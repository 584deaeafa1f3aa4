package driver

// Security says what an instance may do on its host. The zero value is an engine's
// default confinement; whatever loosens it, the operator's Policy must allow.
type Security struct {
	// ReadOnlyRoot keeps the instance from writing outside of its mounts.
	ReadOnlyRoot bool `json:"readOnlyRoot,omitempty"`
	// NoNewPrivileges keeps its processes from gaining any, as by a setuid program.
	NoNewPrivileges bool `json:"noNewPrivileges,omitempty"`
	// DropCapabilities takes Linux capabilities away, such as "NET_RAW" or "ALL".
	DropCapabilities []string `json:"dropCapabilities,omitempty"`
	// AddCapabilities adds Linux capabilities. The policy must allow each.
	AddCapabilities []string `json:"addCapabilities,omitempty"`
	// Privileged makes root in the instance root on the host. The policy must allow it.
	Privileged bool `json:"privileged,omitempty"`
	// Seccomp replaces the engine's profile of system calls: a profile in JSON, or
	// "unconfined", which the policy must allow.
	Seccomp string `json:"seccomp,omitempty"`
	// Devices are the host's devices that it may use, such as "/dev/kvm", at the same
	// path. The policy must allow each.
	Devices []string `json:"devices,omitempty"`
	// Sysctls set the kernel's parameters of its namespaces, by name.
	Sysctls map[string]string `json:"sysctls,omitempty"`
	// Groups are further groups of its first process, by name or number.
	Groups []string `json:"groups,omitempty"`
}

// Policy is what an operator allows instances to do to a host. The zero value
// allows nothing that reaches beyond the instance: no path of the host, no device,
// no namespace and no interface of the host, no privilege.
type Policy struct {
	// Privileged allows Security.Privileged, and with it everything.
	Privileged bool
	// HostNetwork allows the network "host".
	HostNetwork bool
	// Interfaces are the host's interfaces that networks may be on, with their VLANs:
	// "eth0" allows "eth0.42", too.
	Interfaces []string
	// Paths are the folders of the host below which bind mounts may begin. An
	// engine's socket is refused also there.
	Paths []string
	// Devices are the devices that may be given.
	Devices []string
	// Capabilities are those that may be added, without "CAP_".
	Capabilities []string
	// Unconfined allows the seccomp profile "unconfined".
	Unconfined bool
}
