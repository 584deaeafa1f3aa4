package cgroup

import (
	"path/filepath"
	"time"

	"github.com/dockerhv/dockerhv/driver"
)

// readV1 reads a group of cgroup v1, which has a folder for each controller. Pressure is
// in the tree of cgroup v2, where the machine has that beside it.
func (r *Reader) readV1(path string) (driver.Stats, error) {
	var f files
	at := func(controller, file string) string { return filepath.Join(r.root, controller, path, file) }
	cpu := f.pairs(at("cpu", "cpu.stat"))
	memory := f.pairs(at("memory", "memory.stat"))
	used := f.number(at("memory", "memory.usage_in_bytes"))
	stats := driver.Stats{
		CPU:         time.Duration(f.number(at("cpuacct", "cpuacct.usage"))),
		Throttled:   time.Duration(cpu["throttled_time"]),
		Memory:      used - min(used, memory["total_inactive_file"]),
		MemoryLimit: r.bound(f.number(at("memory", "memory.limit_in_bytes"))),
		Anon:        memory["total_rss"],
		File:        memory["total_cache"],
		Swap:        -1,
		PIDs:        f.number(at("pids", "pids.current")),
	}
	if swap, ok := memory["total_swap"]; ok { // where the kernel counts it
		stats.Swap = swap
	}
	stats.ReadBytes, stats.WrittenBytes = f.transfers(at("blkio", "blkio.throttle.io_service_bytes_recursive"))
	stats.Pressure = pressure(func(file string) string { return at("unified", file) })
	return stats, f.err
}
