package docker

import (
	"sync"
	"time"

	"github.com/dockerhv/dockerhv/driver"
)

const (
	// shortestUse is the least time over which an average is worth something to
	// the next measurement.
	shortestUse = 100 * time.Millisecond
	// longestUse is how long an instance is remembered that is measured no more.
	longestUse = time.Hour
)

// usage remembers how each instance was measured before, to tell what it has used
// since. The zero value is ready to use.
type usage struct {
	mu     sync.Mutex
	before map[string]measured // by instance ID
}

type measured struct {
	hostID string
	stats  driver.Stats
}

// compare sets CPUs of new measurements, by the IDs of the instances.
func (u *usage) compare(instances []driver.Instance, all map[string]driver.Stats) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.before == nil {
		u.before = make(map[string]measured)
	}
	newest := time.Time{}
	for _, i := range instances {
		stats, ok := all[i.ID]
		if !ok {
			delete(u.before, i.ID) // it will have started anew
			continue
		}
		before, ok := u.before[i.ID]
		known := ok && before.hostID == i.HostID
		stats.CPUs = -1
		if known {
			stats.CPUs = cpus(before.stats, stats)
		}
		all[i.ID] = stats
		if age := stats.Time.Sub(before.stats.Time); !known || stats.CPUs < 0 || age >= shortestUse {
			u.before[i.ID] = measured{hostID: i.HostID, stats: stats}
		}
		if stats.Time.After(newest) {
			newest = stats.Time
		}
	}
	for id, before := range u.before {
		if newest.Sub(before.stats.Time) > longestUse {
			delete(u.before, id)
		}
	}
}

// forget is told of an instance that was started anew: its counters may have grown past
// what they were before by the time that it is measured.
func (u *usage) forget(id string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	delete(u.before, id)
}

// cpus is how many CPUs were used between two measurements, negative where the
// instance was started anew: then a counter has gone back. Between a measurement
// and itself it is what it was.
func cpus(before, now driver.Stats) float64 {
	passed := now.Time.Sub(before.Time)
	switch {
	case passed <= 0:
		return before.CPUs
	case now.CPU < before.CPU, now.Throttled < before.Throttled,
		now.ReadBytes < before.ReadBytes, now.WrittenBytes < before.WrittenBytes,
		now.ReceivedBytes < before.ReceivedBytes, now.SentBytes < before.SentBytes:
		return -1
	}
	return float64(now.CPU-before.CPU) / float64(passed)
}
