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
	// Seccomp replaces the engine's profile of system calls: a profile in JSON, its text
	// and not a path, or Unconfined. The policy must allow it.
	Seccomp string `json:"seccomp,omitempty"`
	// AppArmor names a profile that the host has loaded, or is Unconfined, in place of
	// the engine's. The policy must allow it.
	AppArmor string `json:"appArmor,omitempty"`
	// SELinux are parts of the label in place of the engine's, such as
	// "type:container_t" or "level:s0:c1,c2", or "disable" alone. The policy must allow
	// each.
	SELinux []string `json:"seLinux,omitempty"`
	// HostNamespaces are the host's own that the instance has instead of new ones. The
	// policy must allow each. For the network's, see NIC.
	HostNamespaces []Namespace `json:"hostNamespaces,omitempty"`
	// Devices are the host's devices that it may use. The policy must allow each.
	Devices []Device `json:"devices,omitempty"`
	// DeviceRules let it use devices that it has or makes by their kinds and numbers,
	// such as "c 10:200 rwm". The policy must allow each.
	DeviceRules []string `json:"deviceRules,omitempty"`
	// DeviceRequests ask an engine's device drivers for devices, such as GPUs. The policy
	// must allow each.
	DeviceRequests []DeviceRequest `json:"deviceRequests,omitempty"`
	// Sysctls set the kernel's parameters of its namespaces, by name.
	Sysctls map[string]string `json:"sysctls,omitempty"`
	// Groups are further groups of its first process, by name or number.
	Groups []string `json:"groups,omitempty"`
}

// Unconfined in place of a profile is none.
const Unconfined = "unconfined"

// Namespace is a kind of Linux namespaces.
type Namespace string

// The namespaces.
const (
	NamespacePID    Namespace = "pid"    // processes
	NamespaceIPC    Namespace = "ipc"    // shared memory, semaphores and message queues
	NamespaceUTS    Namespace = "uts"    // the host's name
	NamespaceUser   Namespace = "user"   // users, where Host.UserNamespaces
	NamespaceCgroup Namespace = "cgroup" // control groups
)

// Device is a device of the host that an instance may use.
type Device struct {
	// Path is the host's, such as "/dev/kvm". Required.
	Path string `json:"path"`
	// Target is the path in the instance; empty means the same.
	Target string `json:"target,omitempty"`
	// Permissions are of r for read, w for write and m for mknod; empty means all.
	Permissions string `json:"permissions,omitempty"`
}

// DeviceRequest asks one of an engine's device drivers for devices, which it finds
// when the instance starts.
type DeviceRequest struct {
	// Driver is the device driver: DeviceDriverCDI, or such as "nvidia"; empty means
	// whichever has the capabilities.
	Driver string `json:"driver,omitempty"`
	// Count is how many devices, Unlimited for all. It goes without IDs.
	Count int `json:"count,omitempty"`
	// IDs are those that are wanted: for CDI qualified names such as
	// "vendor.example/gpu=0".
	IDs []string `json:"ids,omitempty"`
	// Capabilities are sets of which the driver must have one wholly, such as
	// [["gpu", "compute"]].
	Capabilities [][]string `json:"capabilities,omitempty"`
	// Options are the driver's own.
	Options map[string]string `json:"options,omitempty"`
}

// DeviceDriverCDI gives devices by the Container Device Interface: what they take is
// described in files on the host (https://github.com/cncf-tags/container-device-interface).
const DeviceDriverCDI = "cdi"
