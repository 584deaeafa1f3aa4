package driver

import (
	"context"
	"time"
)

// StatsReader is a driver that measures what instances use.
type StatsReader interface {
	// Stats measures the running instances of the filter, all at once, by ID.
	// Instances at rest are left out. A measure may be a few seconds old, as its Time
	// says.
	Stats(ctx context.Context, filter Filter) (map[string]Stats, error)
}

// Stats is what an instance has used and uses, with the same meaning on cgroup v1
// and v2.
type Stats struct {
	// Time is when it was measured, by the host's clock.
	Time time.Time `json:"time"`
	// CPU is the CPU time that it has used since it was started.
	CPU time.Duration `json:"cpu"`
	// CPUs is how many CPUs it used on average since it was measured before, 1.5 for
	// one and a half; negative while it was never measured before, or started anew.
	CPUs float64 `json:"cpus"`
	// Throttled is how long its bound on CPUs has held it back.
	Throttled time.Duration `json:"throttled"`
	// Memory is its working set in bytes: what it uses, without the files' cache that
	// the kernel could take back at once. MemoryLimit is its bound, or the host's memory.
	Memory      int64 `json:"memory"`
	MemoryLimit int64 `json:"memoryLimit"`
	// Anon is its processes' own memory, File that of files, in the cache and on tmpfs,
	// and Swap what is swapped out, in bytes; negative where the host does not tell.
	Anon int64 `json:"anon"`
	File int64 `json:"file"`
	Swap int64 `json:"swap"`
	// Pressure is how long its processes had to wait; nil where the host does not tell.
	Pressure *Pressure `json:"pressure,omitempty"`
	// PIDs is how many processes and threads it has.
	PIDs int64 `json:"pids"`
	// ReadBytes and WrittenBytes have gone from and to block devices.
	ReadBytes    int64 `json:"readBytes"`
	WrittenBytes int64 `json:"writtenBytes"`
	// ReceivedBytes and SentBytes have come and gone over all of its NICs.
	ReceivedBytes int64 `json:"receivedBytes"`
	SentBytes     int64 `json:"sentBytes"`
}

// Pressure is how long an instance's processes had to wait since it was started, as the
// kernel's pressure stall information has it (Documentation/accounting/psi.rst).
type Pressure struct {
	CPU    Stall `json:"cpu"`
	Memory Stall `json:"memory"`
	IO     Stall `json:"io"`
}

// Stall is how long some of the processes waited at least, and how long all of them did
// at the same time.
type Stall struct {
	Some time.Duration `json:"some"`
	Full time.Duration `json:"full"`
}

// ReadStats measures the running instances of the filter, as [StatsReader] says.
func ReadStats(ctx context.Context, d Driver, filter Filter) (map[string]Stats, error) {
	if r, ok := As[StatsReader](d); ok {
		return r.Stats(ctx, filter)
	}
	return nil, unsupportedBy(d, "measure instances", "")
}
