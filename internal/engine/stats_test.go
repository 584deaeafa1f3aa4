package engine

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/docker/docker/api/types/container"

	"github.com/dockerhv/dockerhv/driver"
)

// 109: the same numbers of cgroup v1 and v2, as engines send them.
func TestReadStats(t *testing.T) {
	const both = `"read":"2026-11-23T10:00:00.5Z","pids_stats":{"current":3},
		"networks":{"eth0":{"rx_bytes":10,"tx_bytes":1},"eth1":{"rx_bytes":20,"tx_bytes":2}},
		"cpu_stats":{"cpu_usage":{"total_usage":1500000000},"throttling_data":{"throttled_time":7000000}},`
	want := driver.Stats{
		Time: time.Date(2026, 11, 23, 10, 0, 0, 5e8, time.UTC), CPU: 1500 * time.Millisecond, Throttled: 7 * time.Millisecond,
		Memory: 700, MemoryLimit: 4096, PIDs: 3, ReadBytes: 110, WrittenBytes: 220, ReceivedBytes: 30, SentBytes: 3,
		Anon: 400, File: 500, Swap: -1,
	}
	for name, answer := range map[string]string{
		"v1": `{` + both + `"memory_stats":{"usage":1000,"limit":4096,"stats":{"cache":1,"inactive_file":1,"total_inactive_file":300,"total_rss":400,"total_cache":500}},
			"blkio_stats":{"io_service_bytes_recursive":[{"major":8,"op":"Read","value":100},{"major":8,"op":"Write","value":200},
			{"major":8,"op":"Sync","value":300},{"major":8,"op":"Total","value":300},
			{"major":9,"op":"Read","value":10},{"major":9,"op":"Write","value":20}]}}`,
		"v2": `{` + both + `"memory_stats":{"usage":1000,"limit":4096,"stats":{"anon":400,"file":500,"inactive_file":300,"active_file":200}},
			"blkio_stats":{"io_service_bytes_recursive":[{"major":8,"op":"read","value":110},{"major":8,"op":"write","value":220}]}}`,
	} {
		var sample container.StatsResponse
		if err := json.Unmarshal([]byte(answer), &sample); err != nil {
			t.Fatal(err)
		}
		if got, ok := readStats(&sample); !ok || got != want {
			t.Errorf("%s: %+v, %t; want %+v", name, got, ok, want)
		}
	}
	if got, ok := readStats(&container.StatsResponse{Name: "at rest"}); ok {
		t.Errorf("an instance at rest has %+v", got)
	}
	if got := workingSet(container.MemoryStats{Usage: 10, Stats: map[string]uint64{"inactive_file": 20}}); got != 0 {
		t.Errorf("more cache than memory leaves %d", got)
	}
}
