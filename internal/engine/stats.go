package engine

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"time"

	"github.com/docker/docker/api/types/container"

	"github.com/dockerhv/dockerhv/driver"
)

const opStats = "measure instance"

// StreamsStats tells whether many containers are measured by streams, because a
// single measurement takes the engine a second: it waits for its own next round.
// Since API 1.45 it takes milliseconds, while a stream costs the engine a
// measurement every second. Through ssh each stream would be a process of its own.
func (e *Engine) StreamsStats() bool {
	return e.apiBefore("1.45") && !strings.HasPrefix(e.endpoint.URL, "ssh:")
}

// Stats measures a container once. One that does not run has none. CPUs is left
// to the caller.
func (e *Engine) Stats(ctx context.Context, hostID string) (stats driver.Stats, ok bool, err error) {
	response, err := e.cli.ContainerStatsOneShot(ctx, hostID)
	if err != nil {
		return driver.Stats{}, false, e.fail(opStats, hostID, err)
	}
	defer response.Body.Close()
	var sample container.StatsResponse
	if err := json.NewDecoder(response.Body).Decode(&sample); err != nil {
		return driver.Stats{}, false, e.fail(opStats, hostID, err)
	}
	stats, ok = readStats(&sample)
	return stats, ok, nil
}

// WatchStats measures a container about once a second, until it stops or is gone,
// which is no error, or the context ends.
func (e *Engine) WatchStats(ctx context.Context, hostID string, handle func(driver.Stats)) error {
	response, err := e.cli.ContainerStats(ctx, hostID, true)
	if err != nil {
		return e.fail(opStats, hostID, err)
	}
	defer response.Body.Close()
	for decoder := json.NewDecoder(response.Body); ; {
		var sample container.StatsResponse
		switch err := decoder.Decode(&sample); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return e.fail(opStats, hostID, err)
		}
		stats, ok := readStats(&sample)
		if !ok {
			return nil
		}
		handle(stats)
	}
}

// readStats gives the engine's numbers one meaning. Of a container that does not
// run the engine knows nothing but the name.
func readStats(s *container.StatsResponse) (stats driver.Stats, ok bool) {
	if s.Read.Year() <= 1 {
		return driver.Stats{}, false
	}
	stats = driver.Stats{
		Time:        s.Read.UTC(),
		CPU:         time.Duration(s.CPUStats.CPUUsage.TotalUsage),
		Throttled:   time.Duration(s.CPUStats.ThrottlingData.ThrottledTime),
		Memory:      workingSet(s.MemoryStats),
		MemoryLimit: int64(s.MemoryStats.Limit),
		PIDs:        int64(s.PidsStats.Current),
		Anon:        memory(s.MemoryStats, "total_rss", "anon"),
		File:        memory(s.MemoryStats, "total_cache", "file"),
		Swap:        memory(s.MemoryStats, "total_swap", "swap"),
	}
	for _, entry := range s.BlkioStats.IoServiceBytesRecursive {
		switch strings.ToLower(entry.Op) { // cgroup v1 writes them large
		case "read":
			stats.ReadBytes += int64(entry.Value)
		case "write":
			stats.WrittenBytes += int64(entry.Value)
		}
	}
	for _, nic := range s.Networks {
		stats.ReceivedBytes += int64(nic.RxBytes)
		stats.SentBytes += int64(nic.TxBytes)
	}
	return stats, true
}

// workingSet is the memory in use without the files' cache that is not in use,
// which cgroup v1 and v2 call differently.
func workingSet(m container.MemoryStats) int64 {
	cache, v1 := m.Stats["total_inactive_file"]
	if !v1 {
		cache = m.Stats["inactive_file"]
	}
	return int64(m.Usage - min(cache, m.Usage))
}

// memory is a part of the memory, by its name on cgroup v1 or on v2; -1 where the engine
// does not tell.
func memory(m container.MemoryStats, v1, v2 string) int64 {
	for _, name := range []string{v1, v2} {
		if bytes, ok := m.Stats[name]; ok {
			return int64(bytes)
		}
	}
	return -1
}
