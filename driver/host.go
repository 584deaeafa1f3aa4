package driver

import (
	"time"

	"github.com/dockerhv/dockerhv/template"
)

// Host describes a host: what an orchestrator needs to place instances on it.
// What the host does not tell is zero.
type Host struct {
	// ID is the engine's own. Engine 20.10 keeps it in a file, so that a copied
	// machine has its twin's ID.
	ID string `json:"id"`
	// Name is the host's own name.
	Name string `json:"name"`
	// Endpoint is how it is reached.
	Endpoint string `json:"endpoint"`

	// Version is the engine's version as it prints it. Don't parse it: builds of
	// one's own print anything. APIVersion is the one in use, MinAPIVersion and
	// MaxAPIVersion the range that the engine serves.
	Version       string `json:"version"`
	APIVersion    string `json:"apiVersion"`
	MinAPIVersion string `json:"minAPIVersion"`
	MaxAPIVersion string `json:"maxAPIVersion"`

	// Platform is what the host's images are made for by default.
	Platform template.Platform `json:"platform"`
	// OperatingSystem and Kernel are for people.
	OperatingSystem string `json:"operatingSystem"`
	Kernel          string `json:"kernel"`

	// CPUs is how many CPUs the engine may use, Memory how many bytes.
	CPUs   int   `json:"cpus"`
	Memory int64 `json:"memory"`

	// CgroupVersion is "1" or "2"; StorageDriver such as "overlay2".
	CgroupVersion string `json:"cgroupVersion"`
	StorageDriver string `json:"storageDriver"`
	// ContainerdStore is true when images live in containerd's own store, where
	// an image's ID is its manifest's digest.
	ContainerdStore bool `json:"containerdStore,omitempty"`
	// Rootless is true when the engine does not run as root.
	Rootless bool `json:"rootless,omitempty"`
	// UserNamespaces is true when the engine gives instances users of their own, so that
	// root in an instance is nobody on the host.
	UserNamespaces bool `json:"userNamespaces,omitempty"`
	// SecurityOptions are the confinements that the engine has for instances, such as
	// "seccomp", "apparmor" and "selinux".
	SecurityOptions []string `json:"securityOptions,omitempty"`
	// Runtimes are the names of the programs that can run instances, ordered.
	Runtimes []string `json:"runtimes,omitempty"`
	// LiveRestore is true when instances survive a restart of the engine.
	LiveRestore bool `json:"liveRestore,omitempty"`
	// Experimental is true when the engine offers what it does not promise to keep, such
	// as the checkpoints that Suspend needs.
	Experimental bool `json:"experimental,omitempty"`
	// LimitsCPU, LimitsMemory and LimitsSwap tell whether the kernel enforces such
	// bounds.
	LimitsCPU    bool `json:"limitsCPU"`
	LimitsMemory bool `json:"limitsMemory"`
	LimitsSwap   bool `json:"limitsSwap"`
	// These tell it of further bounds and weights: CPU shares, sets of CPUs and memory
	// nodes, processes, and what is read and written; and whether the kernel can be kept
	// from killing what reaches its memory. Engines don't tell of I/O on all hosts: there
	// it is true, and what lacks is refused when it is asked for.
	LimitsCPUShares bool `json:"limitsCPUShares,omitempty"`
	LimitsCPUSet    bool `json:"limitsCPUSet,omitempty"`
	LimitsPIDs      bool `json:"limitsPIDs,omitempty"`
	LimitsIO        bool `json:"limitsIO,omitempty"`
	WeighsIO        bool `json:"weighsIO,omitempty"`
	WeighsDeviceIO  bool `json:"weighsDeviceIO,omitempty"`
	DisablesOOM     bool `json:"disablesOOM,omitempty"`
	// LimitsDisk is true when the engine may be able to bound what instances write outside
	// of their mounts: that its storage driver and file system can, not that they are set
	// up for it.
	LimitsDisk bool `json:"limitsDisk,omitempty"`

	// Time is what the host's clock showed when it was asked.
	Time time.Time `json:"time,omitzero"`

	// Running, Paused and Stopped count all that runs on the engine, whoever owns it.
	Running int `json:"running"`
	Paused  int `json:"paused"`
	Stopped int `json:"stopped"`
	// Images counts the images in the store.
	Images int `json:"images"`

	// Warnings are the engine's own, for people.
	Warnings []string `json:"warnings,omitempty"`
}
