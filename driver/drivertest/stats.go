package drivertest

import (
	"maps"
	"slices"
	"time"

	"github.com/dockerhv/dockerhv/driver"
)

var statsRules = group{name: "Stats", needs: StatsReader, rules: []rule{
	{"measures what runs, and nothing else", about(109), statsRunning, ""},
	{"measures the instances of the filter", about(109), statsFilter, ""},
	{"measures the owner's instances alone", about(51, 109), statsOwner, ""},
	{"tells memory, its bound and processes", about(109), statsMemory, ""},
	{"counts the CPU time, which only grows", about(109, 113), statsCPU, ""},
	{"of an instance that was started anew begins anew", about(113), statsAnew, ""},
}}

func (t *trial) stats(d driver.Driver, filter driver.Filter) map[string]driver.Stats {
	t.Helper()
	stats, err := driver.ReadStats(t.Context(), d, filter)
	t.must(err)
	for id, s := range stats {
		least := min(int64(s.CPU), int64(s.Throttled), s.Memory, s.MemoryLimit, s.PIDs,
			s.ReadBytes, s.WrittenBytes, s.ReceivedBytes, s.SentBytes)
		if least < 0 || s.Time.IsZero() {
			t.Errorf("the measures of %s have no time or a negative one: %+v", id, s)
		}
	}
	return stats
}

func measured(stats map[string]driver.Stats) []string { return slices.Sorted(maps.Keys(stats)) }

func statsRunning(t *trial) {
	t.same("of no instances", []string{}, measured(t.stats(t.driver, driver.Filter{})))
	t.create(t.server("created"))
	t.serve("running")
	t.serve("exited")
	t.stop("exited", driver.StopOptions{})
	t.same("measured", []string{"running"}, measured(t.stats(t.driver, driver.Filter{})))
}

func statsFilter(t *trial) {
	for _, id := range []string{"i1", "i2", "i3"} {
		spec := t.server(id)
		spec.Labels = map[string]string{"name": id}
		t.run(spec)
	}
	t.same("by ID", []string{"i1", "i3"}, measured(t.stats(t.driver, driver.Filter{IDs: []string{"i1", "i3", "nobody"}})))
	t.same("by label", []string{"i2"}, measured(t.stats(t.driver, driver.Filter{Labels: map[string]string{"name": "i2"}})))
	t.same("at rest", []string{}, measured(t.stats(t.driver, driver.Filter{States: []driver.State{driver.Exited}})))
}

func statsOwner(t *trial) {
	t.serve("i1")
	t.same("another owner's", []string{}, measured(t.stats(t.other(), driver.Filter{})))
	t.same("by another driver", []string{"i1"}, measured(t.stats(t.again(), driver.Filter{})))
}

func statsMemory(t *trial) {
	h, err := t.driver.Host(t.Context())
	t.must(err)
	free, bound := t.server("free"), t.server("bound")
	if h.LimitsMemory {
		bound.Resources.Memory = 48 << 20
	}
	t.run(free)
	t.run(bound)
	stats := t.stats(t.driver, driver.Filter{})
	for id, limit := range map[string]int64{"free": h.Memory, "bound": bound.Resources.Memory} {
		s := stats[id]
		if s.Memory <= 0 || s.Memory > s.MemoryLimit || s.PIDs < 1 {
			t.Errorf("%s: memory %d of %d, %d processes", id, s.Memory, s.MemoryLimit, s.PIDs)
		}
		if limit > 0 && s.MemoryLimit != limit {
			t.Errorf("%s: the bound of the memory is %d, want %d", id, s.MemoryLimit, limit)
		}
	}
}

// measure measures the instance i1 until the measure is of after a time: a driver
// may give one that is a few seconds old.
func measure(t *trial, after time.Time) driver.Stats {
	t.Helper()
	var s driver.Stats
	t.eventually("the instance is measured anew", func() bool {
		s = t.stats(t.driver, driver.Filter{})["i1"]
		return s.Time.After(after)
	})
	return s
}

func statsCPU(t *trial) {
	t.create(t.spec("i1", t.config.Workload.Spin))
	t.start("i1")
	last := t.stats(t.driver, driver.Filter{})["i1"]
	if last.CPUs >= 0 {
		t.Errorf("measured for the first time, the instance uses %v CPUs; want a negative number", last.CPUs)
	}
	for range 3 {
		t.pause(400 * time.Millisecond)
		s := measure(t, last.Time)
		if s.CPU <= last.CPU {
			t.Errorf("the CPU time is %v at %v, after %v at %v", s.CPU, s.Time, last.CPU, last.Time)
		}
		average := float64(s.CPU-last.CPU) / float64(s.Time.Sub(last.Time))
		if s.CPUs <= 0 || s.CPUs < average*0.8-0.1 || s.CPUs > average*1.2+0.1 {
			t.Errorf("the instance uses %v CPUs; by the CPU time it is %v", s.CPUs, average)
		}
		last = s
	}
}

func statsAnew(t *trial) {
	h, err := t.driver.Host(t.Context())
	t.must(err)
	t.create(t.spec("i1", t.config.Workload.Spin))
	t.start("i1")
	measure(t, time.Time{})
	t.pause(1500 * time.Millisecond)
	t.must(t.driver.Restart(t.Context(), "i1", driver.StopOptions{Grace: -1}))
	started := t.inspect("i1").Started
	s := measure(t, started)
	if s.CPUs >= 0 {
		t.Errorf("measured for the first time since its start, the instance uses %v CPUs; want a negative number", s.CPUs)
	}
	if most := time.Duration(h.CPUs)*s.Time.Sub(started) + 200*time.Millisecond; s.CPU > most {
		t.Errorf("started at %v it has used %v of CPU time at %v", started, s.CPU, s.Time)
	}
}
