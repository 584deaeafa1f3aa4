package memory_test

import (
	"sync"
	"testing"
	"testing/synctest"

	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/driver/drivertest"
	"github.com/dockerhv/dockerhv/driver/memory"
)

// TestConformance proves that the driver keeps the contract's rules, in no time.
func TestConformance(t *testing.T) {
	conform(t, func(d *memory.Driver) driver.Driver { return d }, drivertest.Capabilities())
}

// TestConformanceOfCore proves that a driver passes that has the core's nine
// methods alone.
func TestConformanceOfCore(t *testing.T) {
	conform(t, func(d *memory.Driver) driver.Driver { return core{d} }, nil)
}

// core hides all but the core.
type core struct{ driver.Driver }

func conform(t *testing.T, wrap func(*memory.Driver) driver.Driver, want []drivertest.Capability) {
	var hosts hosts
	_, workload := newHost(memory.Options{})
	drivertest.Run(t, drivertest.Config{
		New:      func(t *testing.T, owner string) driver.Driver { return wrap(hosts.of(t).Open(owner)) },
		Workload: workload,
		Want:     want,
		Cut:      func(t *testing.T) (mend func()) { return cut(hosts.of(t)) },
		Each:     synctest.Test,
	})
}

func cut(host *memory.Host) (mend func()) {
	host.Disconnect()
	return host.Reconnect
}

// hosts are those of the tests by their names: what lives in one bubble of
// synctest has no part in another.
type hosts struct {
	mu     sync.Mutex
	byTest map[string]*memory.Host
}

func (h *hosts) of(t *testing.T) *memory.Host {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.byTest == nil {
		h.byTest = make(map[string]*memory.Host)
	}
	if h.byTest[t.Name()] == nil {
		h.byTest[t.Name()], _ = newHost(memory.Options{EventBound: 16})
	}
	return h.byTest[t.Name()]
}
