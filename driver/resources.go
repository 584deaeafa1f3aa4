package driver

import "encoding/json"

// Resources bounds what an instance may use. Three things can be said of a bound,
// and are told apart: zero leaves it to the host's own default, an amount is the
// bound, and, where that default may be a bound itself, Unlimited takes it away.
type Resources struct {
	// CPUs is how many CPUs' time the instance may use; 0.5 is half a CPU, and 0 means
	// no bound, for hosts have none of their own.
	CPUs float64 `json:"cpus,omitempty"`
	// CPUShares is the instance's weight where CPUs are scarce, from 2 to 262144; 0
	// means the host's default of 1024.
	CPUShares int64 `json:"cpuShares,omitempty"`
	// CPUSet names the CPUs that it may run on, such as "0-1,3"; empty means all.
	CPUSet string `json:"cpuSet,omitempty"`
	// MemoryNodes names the NUMA nodes whose memory it may use, such as "0-1"; empty
	// means all.
	MemoryNodes string `json:"memoryNodes,omitempty"`
	// Memory is in bytes; 0 means no bound, for hosts have none of their own.
	Memory int64 `json:"memory,omitempty"`
	// MemoryReservation is what the kernel leaves it, in bytes, when memory is
	// scarce. It is less than Memory.
	MemoryReservation int64 `json:"memoryReservation,omitempty"`
	// Swap is how many bytes of swap it may use beyond Memory, which must be set. 0
	// means none where Host.LimitsSwap, and elsewhere what the kernel gives. NoSwap,
	// Unlimited and an amount are refused where a host can't see to it.
	Swap int64 `json:"swap,omitempty"`
	// OOMScore has the kernel kill it sooner than others, up to 1000, or later, down to
	// -1000, when the host's memory is used up; 0 is the host's default. The policy must
	// allow one below 0.
	OOMScore int `json:"oomScore,omitempty"`
	// NoOOMKill has what reaches Memory, which must be set, wait in place of being
	// killed. Hosts with cgroup v2 can't.
	NoOOMKill bool `json:"noOOMKill,omitempty"`
	// SharedMemory is the size of /dev/shm, in bytes; 0 means the host's default, which
	// is 64 MiB if nobody changed it.
	SharedMemory int64 `json:"sharedMemory,omitempty"`
	// PIDs is how many processes and threads it may have; 0 means the host's default,
	// Unlimited no bound.
	PIDs int64 `json:"pids,omitempty"`
	// Disk is how many bytes it may write outside of its mounts; 0 means the host's
	// default, which is no bound if nobody changed it. Few hosts can: Host.LimitsDisk.
	Disk int64 `json:"disk,omitempty"`
}

// Resized returns the bounds after a Resize: a zero field of the change leaves a bound
// as it is.
func (r Resources) Resized(change Resources) Resources {
	after := r
	// What is zero is not in the JSON, and so leaves the old value.
	data, err := json.Marshal(change)
	if err != nil || json.Unmarshal(data, &after) != nil {
		return r // unreachable for a change that ValidateResize accepts
	}
	return after
}

// InForce returns the bounds as Instance tells them: what is no bound, or none at
// all, is told as 0.
func (r Resources) InForce() Resources {
	if r.Swap == NoSwap {
		r.Swap = 0
	}
	if r.PIDs == Unlimited {
		r.PIDs = 0
	}
	return r
}

// What a bound can be instead of an amount, where its field says so.
const (
	// Unlimited takes a bound away that a host has by default.
	Unlimited = -1
	// NoSwap is a swap of none.
	NoSwap = -2
)

// Ulimit is a limit of setrlimit(2). Unlimited means none. A spec that does not name
// a limit leaves it to the host's default.
type Ulimit struct {
	Soft int64 `json:"soft"`
	Hard int64 `json:"hard"`
}

// IO bounds and weighs what an instance reads from and writes to the host's disks.
// Zero fields mean no bound, or the host's own default.
type IO struct {
	// Weight is the instance's where disks are busy, from 10 to 1000.
	Weight uint16 `json:"weight,omitempty"`
	// Devices are the disks that are bounded one by one.
	Devices []DeviceIO `json:"devices,omitempty"`
}

// DeviceIO bounds what an instance reads from and writes to one disk.
type DeviceIO struct {
	// Device is the disk's path on the host, such as "/dev/sda". Required.
	Device string `json:"device"`
	// Weight is that of IO, for this disk.
	Weight uint16 `json:"weight,omitempty"`
	// ReadBytes and WriteBytes are per second, as are ReadOps and WriteOps, which count
	// operations.
	ReadBytes  uint64 `json:"readBytes,omitempty"`
	WriteBytes uint64 `json:"writeBytes,omitempty"`
	ReadOps    uint64 `json:"readOps,omitempty"`
	WriteOps   uint64 `json:"writeOps,omitempty"`
}
