package docker

import "time"

// SetStatsIdle sets how long an instance goes on being measured.
func SetStatsIdle(d *Driver, idle time.Duration) { d.gauges.idle = idle }

// SetStatsFresh sets how old a measurement may be.
func SetStatsFresh(d *Driver, fresh time.Duration) { d.gauges.fresh = fresh }

// StatsStreams returns how many streams of measurements are open.
func StatsStreams(d *Driver) int {
	d.gauges.mu.Lock()
	defer d.gauges.mu.Unlock()
	return len(d.gauges.open)
}

// SetStatsRemote makes the driver take the engine for one of another machine.
func SetStatsRemote(d *Driver) { d.cgroups = nil }
