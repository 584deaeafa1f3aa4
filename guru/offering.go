package guru

// Offering is the size that is sold (CloudStack's service offering), together with
// what the cloud's over-commit leaves of it.
type Offering struct {
	// CPUs is how many CPUs the instance has (VirtualMachineTO.cpus): it never gets more
	// time than theirs. 0 means no bound.
	CPUs float64 `json:"cpus,omitempty"`
	// Speed is that of one of these CPUs in MHz (maxSpeed; speed in requests of
	// CloudStack 4.1 and older); 0 means that none was sold.
	Speed int `json:"speed,omitempty"`
	// MinSpeed is what is left of Speed where CPUs are scarce (minSpeed), in MHz; 0 means
	// Speed divided by CPUOvercommit.
	MinSpeed int `json:"minSpeed,omitempty"`
	// CPUOvercommit is how often the cloud sells a CPU (cpuOvercommitRatio), at least 1;
	// 0 means once.
	CPUOvercommit float64 `json:"cpuOvercommit,omitempty"`
	// LimitCPU keeps the instance to Speed also where CPUs are idle (limitCpuUse). That
	// takes Profile.HostSpeed: where it is not known the instance is kept to CPUs alone.
	LimitCPU bool `json:"limitCPU,omitempty"`

	// Memory is in bytes (maxRam); 0 means no bound.
	Memory int64 `json:"memory,omitempty"`
	// MinMemory is what is left of Memory where memory is scarce (minRam), in bytes; 0
	// means Memory divided by MemoryOvercommit, or no such promise if that is 0, too.
	MinMemory int64 `json:"minMemory,omitempty"`
	// MemoryOvercommit is how often the cloud sells a byte (memoryOvercommitRatio), at
	// least 1.
	MemoryOvercommit float64 `json:"memoryOvercommit,omitempty"`

	// GPUs are graphics processors (gpuDevice).
	GPUs GPUs `json:"gpus,omitzero"`
}

// GPUs are the graphics processors of an offering. The zero value is none.
type GPUs struct {
	// Count is how many, whichever they are. It goes without Devices.
	Count int `json:"count,omitempty"`
	// Devices are those that the cloud has chosen, by the names that the host's engine
	// has for them.
	Devices []string `json:"devices,omitempty"`
	// Model is a kind of GPUs (gpuGroup), and Slice a part of one (vgpuType).
	Model string `json:"model,omitempty"`
	Slice string `json:"slice,omitempty"`
}
