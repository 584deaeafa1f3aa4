package driver

import "encoding/json"

// Resources bounds what an instance may use. Zero fields mean no bound, or the
// host's own default.
type Resources struct {
	// CPUs is how many CPUs' time the instance may use; 0.5 is half a CPU.
	CPUs float64 `json:"cpus,omitempty"`
	// CPUShares is the instance's weight where CPUs are scarce, from 2 to 262144; 0
	// means the host's default of 1024.
	CPUShares int64 `json:"cpuShares,omitempty"`
	// CPUSet names the CPUs that it may run on, such as "0-1,3"; empty means all.
	CPUSet string `json:"cpuSet,omitempty"`
	// Memory is in bytes. Swap does not add to it where Host.LimitsSwap.
	Memory int64 `json:"memory,omitempty"`
	// MemoryReservation is what the kernel leaves it, in bytes, when memory is
	// scarce. It is less than Memory.
	MemoryReservation int64 `json:"memoryReservation,omitempty"`
	// SharedMemory is the size of /dev/shm, in bytes; 0 means 64 MiB.
	SharedMemory int64 `json:"sharedMemory,omitempty"`
	// PIDs is how many processes and threads it may have; 0 means no bound.
	PIDs int64 `json:"pids,omitempty"`
}

// Resized returns the bounds that are in force after a Resize: a zero field of the
// change leaves a bound as it is.
func (r Resources) Resized(change Resources) Resources {
	after := r
	// What is zero is not in the JSON, and so leaves the old value.
	data, err := json.Marshal(change)
	if err != nil || json.Unmarshal(data, &after) != nil {
		return r // unreachable for a change that ValidateResize accepts
	}
	return after
}

// Ulimit is a limit of setrlimit(2). -1 means none.
type Ulimit struct {
	Soft int64 `json:"soft"`
	Hard int64 `json:"hard"`
}
