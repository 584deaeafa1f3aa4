package driver

import (
	"net/netip"
	"slices"
	"time"

	"github.com/dockerhv/dockerhv/template"
)

// HostSchema is the version of a Host's form in JSON. It grows when a key changes its
// meaning or goes, not when one is added.
const HostSchema = 1

// Host describes a host, as a fingerprint: what an orchestrator needs to place
// instances on it. A text or a number that the host does not tell is zero. A list that
// it does not tell is nil, null in JSON, and one of nothing is not. What may be zero and
// what nobody may know is a [Figure].
type Host struct {
	// Schema is HostSchema.
	Schema int `json:"schema"`
	// ID is the engine's own. Engine 20.10 keeps it in a file, so that a copied
	// machine has its twin's ID.
	ID string `json:"id"`
	// Name is the host's own name.
	Name string `json:"name"`
	// Labels are its operator's own, such as rack=r1; one without a value has an empty one.
	Labels map[string]string `json:"labels"`
	// Endpoint is how it is reached.
	Endpoint string `json:"endpoint"`

	// Version is the engine's version as it prints it. Don't parse it: builds of
	// one's own print anything. APIVersion is the one in use, MinAPIVersion and
	// MaxAPIVersion the range that the engine serves.
	Version       string `json:"version"`
	APIVersion    string `json:"apiVersion"`
	MinAPIVersion string `json:"minAPIVersion"`
	MaxAPIVersion string `json:"maxAPIVersion"`
	// Experimental is true when the engine lets its experiments be used, such as
	// checkpoints.
	Experimental bool `json:"experimental"`
	// Swarm is its part in a swarm: "inactive", "pending", "active", "error", "locked".
	Swarm string `json:"swarm"`

	// Platform is what the host's images are made for by default.
	Platform template.Platform `json:"platform"`
	// OperatingSystem and Kernel are for people.
	OperatingSystem string `json:"operatingSystem"`
	Kernel          string `json:"kernel"`

	// CPUs is how many CPUs the engine may use, Memory how many bytes: what bounds are
	// checked against. Capacity has them, and more, with how each is known.
	CPUs     int      `json:"cpus"`
	Memory   int64    `json:"memory"`
	Capacity Capacity `json:"capacity"`
	// NUMA are the machine's nodes. They are told of this machine alone; nil means
	// unknown.
	NUMA []NUMANode `json:"numa"`

	// CgroupVersion is "1" or "2"; CgroupDriver such as "systemd", or "none" where the
	// engine may not use any; StorageDriver such as "overlay2".
	CgroupVersion string `json:"cgroupVersion"`
	CgroupDriver  string `json:"cgroupDriver"`
	StorageDriver string `json:"storageDriver"`
	// DataRoot is the engine's folder on the host.
	DataRoot string `json:"dataRoot"`
	// ContainerdStore is true when images live in containerd's own store, where
	// an image's ID is its manifest's digest.
	ContainerdStore bool `json:"containerdStore"`
	// Rootless is true when the engine does not run as root.
	Rootless bool `json:"rootless"`
	// UserNamespaces is true when the engine gives instances users of their own, so that
	// root in an instance is nobody on the host.
	UserNamespaces bool `json:"userNamespaces"`
	// SecurityOptions are the confinements that the engine has for instances, such as
	// "seccomp", "apparmor" and "selinux".
	SecurityOptions []string `json:"securityOptions"`
	// LiveRestore is true when instances survive a restart of the engine.
	LiveRestore bool `json:"liveRestore"`
	// LimitsCPU, LimitsMemory, LimitsSwap and LimitsPIDs tell whether the kernel
	// enforces such bounds.
	LimitsCPU    bool `json:"limitsCPU"`
	LimitsMemory bool `json:"limitsMemory"`
	LimitsSwap   bool `json:"limitsSwap"`
	LimitsPIDs   bool `json:"limitsPIDs"`
	// These tell it of further bounds and weights: CPU shares, sets of CPUs and memory
	// nodes, and what is read and written; and whether the kernel can be kept from killing
	// what reaches its memory. Engines don't tell of I/O on all hosts: there it is true,
	// and what lacks is refused when it is asked for.
	LimitsCPUShares bool `json:"limitsCPUShares"`
	LimitsCPUSet    bool `json:"limitsCPUSet"`
	LimitsIO        bool `json:"limitsIO"`
	WeighsIO        bool `json:"weighsIO"`
	WeighsDeviceIO  bool `json:"weighsDeviceIO"`
	DisablesOOM     bool `json:"disablesOOM"`
	// LimitsDisk is true when the engine may be able to bound what instances write outside
	// of their mounts: that its storage driver and file system can, not that they are set
	// up for it.
	LimitsDisk bool `json:"limitsDisk"`

	// Runtimes are the names of what can run instances, DefaultRuntime the one that
	// does, and GPURuntimes those whose names say that they give GPUs.
	Runtimes       []string `json:"runtimes"`
	DefaultRuntime string   `json:"defaultRuntime"`
	GPURuntimes    []string `json:"gpuRuntimes"`
	// CDISpecDirs are the folders of descriptions of devices (CDI), and Devices the
	// devices that the engine has found; nil where the engine knows no CDI.
	CDISpecDirs []string     `json:"cdiSpecDirs"`
	Devices     []HostDevice `json:"devices"`

	// LogDrivers, NetworkDrivers, VolumeDrivers and AuthorizationPlugins are what the
	// engine has of them, built in or plugged in.
	LogDrivers           []string `json:"logDrivers"`
	NetworkDrivers       []string `json:"networkDrivers"`
	VolumeDrivers        []string `json:"volumeDrivers"`
	AuthorizationPlugins []string `json:"authorizationPlugins"`
	// LogDriver is the one that instances have which ask for none.
	LogDriver string `json:"logDriver"`
	// RegistryMirrors are URLs, without a password. InsecureRegistries are the registries
	// that are asked without TLS, or without a look at their certificate, by name or by
	// the range of their addresses.
	RegistryMirrors    []string `json:"registryMirrors"`
	InsecureRegistries []string `json:"insecureRegistries"`
	// AddressPools are what networks get their addresses from; one of nothing means the
	// engine's own. Bridge are the addresses of the default network.
	AddressPools []AddressPool  `json:"addressPools"`
	Bridge       []netip.Prefix `json:"bridge"`

	// Time is what the host's clock showed when it was asked. ClockSkew is how far that
	// was ahead of ours, in nanoseconds; zero if that is less than the answer took.
	Time      time.Time     `json:"time,omitzero"`
	ClockSkew time.Duration `json:"clockSkew"`

	// Running, Paused and Stopped count all that runs on the engine, whoever owns it.
	Running int `json:"running"`
	Paused  int `json:"paused"`
	Stopped int `json:"stopped"`
	// Images counts the images in the store.
	Images int `json:"images"`

	// Warnings are the engine's own, for people.
	Warnings []string `json:"warnings"`
}

// NUMANode is a part of a machine whose CPUs are near to its memory.
type NUMANode struct {
	ID int `json:"id"`
	// CPUs are the kernel's list, such as "0-3,8-11"; empty for a node without.
	CPUs string `json:"cpus"`
	// Memory is in bytes.
	Memory Figure `json:"memory"`
}

// HostDevice is a device that can be given to instances.
type HostDevice struct {
	// Source is what found it, such as "cdi".
	Source string `json:"source"`
	// ID is its name, such as "nvidia.com/gpu=0".
	ID string `json:"id"`
}

// AddressPool is a range that networks are cut from.
type AddressPool struct {
	Base netip.Prefix `json:"base"`
	// Size is the length of the networks' prefixes.
	Size int `json:"size"`
}

// Clone returns a host that shares no memory with this one.
func (h Host) Clone() Host {
	for _, list := range []*[]string{
		&h.Runtimes, &h.GPURuntimes, &h.CDISpecDirs, &h.LogDrivers, &h.NetworkDrivers, &h.VolumeDrivers,
		&h.AuthorizationPlugins, &h.SecurityOptions, &h.RegistryMirrors, &h.InsecureRegistries, &h.Warnings,
	} {
		*list = slices.Clone(*list)
	}
	h.NUMA, h.Devices = slices.Clone(h.NUMA), slices.Clone(h.Devices)
	h.AddressPools, h.Bridge = slices.Clone(h.AddressPools), slices.Clone(h.Bridge)
	return h
}
