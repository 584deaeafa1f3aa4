package engine

import (
	"github.com/docker/docker/api/types/system"

	"github.com/dockerhv/dockerhv/driver"
)

// measure fills in the host's capacity: what the engine tells, and of this machine what
// the kernel does.
func (e *Engine) measure(host *driver.Host, info system.Info) {
	if info.NCPU > 0 {
		host.Capacity.CPUs = driver.Measure(info.NCPU)
	}
	if info.MemTotal > 0 {
		host.Capacity.Memory = driver.Measure(info.MemTotal)
	}
	if e.Local() {
		measureMachine(host, info)
	}
}
