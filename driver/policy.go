package driver

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
	// HostNamespaces are the other namespaces of the host that may be had.
	HostNamespaces []Namespace

	// Paths are the folders of the host below which bind mounts may begin. An
	// engine's socket is refused also there.
	//
	// Of what is below, a host follows symbolic links anew at each start. A link that
	// leads out is refused where the driver can look, which is on hosts with a unix://
	// endpoint. Elsewhere a bind must begin at one of Paths itself, unless LinksTrusted.
	// Whoever may write there, such as an instance with a bind that is not read-only,
	// can put a link in place later: give each tenant a path of its own.
	Paths []string
	// LinksTrusted says that nobody else makes symbolic links below Paths.
	LinksTrusted bool
	// Volumes are those of others that may be mounted: Mount.External.
	Volumes []string
	// VolumeDrivers are the drivers that volumes may have beside the engine's own, and
	// "local" for that one with options by which the host mounts something. Options
	// that name a path of the host are held against Paths, too.
	VolumeDrivers []string

	// Devices are the devices that may be given: paths, rules such as "c 10:200 rwm", and
	// CDI names such as "vendor.example/gpu=0", or "vendor.example/gpu" for all of a kind.
	Devices []string
	// DeviceDrivers are those, beside CDI, of which devices may be requested, such as
	// "nvidia"; the empty one stands for requests that leave the choice to the engine.
	DeviceDrivers []string
	// Capabilities are those that may be added, without "CAP_".
	Capabilities []string
	// Unconfined allows to go without a profile of seccomp, AppArmor or SELinux.
	Unconfined bool
	// Profiles may replace the engine's: texts of seccomp profiles, names of AppArmor
	// profiles, and parts of SELinux labels, each to the letter.
	Profiles []string
	// Sysctls are the kernel's parameters that may be set beside those that are known to
	// be an instance's own.
	Sysctls []string
	// Runtimes are those that may run instances beside the host's default.
	Runtimes []string
	// LogDrivers are those that instances may have beside such as keep logs on the host.
	LogDrivers []string
	// Annotations are those that runtimes may be told, by name.
	Annotations []string
	// OOMScore is the least that is allowed.
	OOMScore int
}
