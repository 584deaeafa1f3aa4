package memory

import (
	"context"
	"time"

	"github.com/dockerhv/dockerhv/driver"
)

// idleMemory is what an instance uses whose program says nothing.
const idleMemory = 1 << 20

// usage is what an instance's run uses and has used. The host's lock guards it.
type usage struct {
	cpus           float64
	memory         int64
	since          time.Time // up to when cpu and throttled are counted
	cpu, throttled time.Duration
}

// settle counts the CPU time up to now. The caller has the lock, and calls it
// before anything changes that the time depends on.
func (i *instance) settle(now time.Time) {
	elapsed := now.Sub(i.usage.since)
	i.usage.since = now
	if i.state != driver.Running {
		return
	}
	used := i.usage.cpus
	if bound := i.resources.CPUs; bound > 0 && used > bound {
		i.usage.throttled += time.Duration(float64(elapsed) * (used - bound))
		used = bound
	}
	i.usage.cpu += time.Duration(float64(elapsed) * used)
}

// sample is a measure of before.
type sample struct {
	run  *run
	time time.Time
	cpu  time.Duration
}

// Stats measures the running instances of the filter: what their programs say that
// they use, multiplied by the time that has gone.
func (d *Driver) Stats(ctx context.Context, filter driver.Filter) (stats map[string]driver.Stats, err error) {
	err = d.call(ctx, "measure instances", "", func() error {
		bound := d.host.describe().Memory
		d.host.mu.Lock()
		defer d.host.mu.Unlock()
		d.mu.Lock()
		defer d.mu.Unlock()
		stats = make(map[string]driver.Stats)
		measured := make(map[string]sample)
		for k, i := range d.host.instances {
			if k.owner != d.owner || !i.state.Active() {
				continue
			}
			i.settle(d.host.now())
			if old, ok := d.measured[k.id]; ok && old.run == i.run {
				measured[k.id] = old
			}
			if i.selected(filter) {
				stats[k.id] = i.measure(measured[k.id], bound)
				measured[k.id] = sample{i.run, i.usage.since, i.usage.cpu}
			}
		}
		d.measured = measured
		return nil
	})
	if err != nil {
		return nil, err
	}
	return stats, nil
}

// measure tells what an instance uses, and on average since it was measured before.
func (i *instance) measure(before sample, bound int64) driver.Stats {
	if i.resources.Memory > 0 {
		bound = i.resources.Memory
	}
	s := driver.Stats{
		Time: i.usage.since, CPU: i.usage.cpu, CPUs: -1, Throttled: i.usage.throttled,
		Memory: i.usage.memory, MemoryLimit: bound, Anon: i.usage.memory, PIDs: int64(1 + len(i.run.execs)),
	}
	if before.run != nil {
		s.CPUs = float64(s.CPU-before.cpu) / float64(s.Time.Sub(before.time))
	}
	return s
}
