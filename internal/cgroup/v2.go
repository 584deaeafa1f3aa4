package cgroup

import (
	"os"
	"path/filepath"
	"time"

	"github.com/dockerhv/dockerhv/driver"
)

// readV2 reads a group of cgroup v2, which has one folder.
func (r *Reader) readV2(path string) (driver.Stats, error) {
	var f files
	at := func(file string) string { return filepath.Join(r.root, path, file) }
	cpu := f.pairs(at("cpu.stat"))
	memory := f.pairs(at("memory.stat"))
	used := f.number(at("memory.current"))
	stats := driver.Stats{
		CPU:         time.Duration(cpu["usage_usec"]) * time.Microsecond,
		Throttled:   time.Duration(cpu["throttled_usec"]) * time.Microsecond,
		Memory:      used - min(used, memory["inactive_file"]),
		MemoryLimit: r.bound(f.number(at("memory.max"))),
		Anon:        memory["anon"],
		File:        memory["file"],
		Swap:        -1,
		PIDs:        f.number(at("pids.current")),
	}
	if _, err := os.Stat(at("memory.swap.current")); err == nil { // where the kernel counts it
		stats.Swap = f.number(at("memory.swap.current"))
	}
	stats.ReadBytes, stats.WrittenBytes = f.io(at("io.stat"))
	stats.Pressure = pressure(at)
	return stats, f.err
}

// pressure reads how long the group's processes had to wait, or nil where the kernel
// does not count it.
func pressure(at func(file string) string) *driver.Pressure {
	var f files
	p := &driver.Pressure{
		CPU: f.stall(at("cpu.pressure")), Memory: f.stall(at("memory.pressure")), IO: f.stall(at("io.pressure")),
	}
	if f.err != nil {
		return nil
	}
	return p
}
