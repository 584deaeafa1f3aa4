package drivertest

import (
	"math"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

var resizeRules = group{name: "Resize", needs: Resizer, rules: []rule{
	{"is in force at once and keeps the instance", about(25, 80), resizeRunning, ""},
	{"leaves a bound of zero as it is", about(25, 83), resizePart, ""},
	{"of what is at rest is in force at its start", about(25), resizeAtRest, ""},
	{"changes every bound that it can, in place", about(25, 80), resizeAll, ""},
	{"that can't be honoured is ErrInvalid and changes nothing", about(25, 82), resizeInvalid, ""},
}}

// bounded is a server with bounds, on a host that enforces them.
func (t *trial) bounded(id string) driver.Spec {
	t.Helper()
	h, err := t.driver.Host(t.Context())
	t.must(err)
	if !h.LimitsCPU || !h.LimitsMemory {
		t.Skip("the host does not bound CPU and memory")
	}
	spec := t.server(id)
	spec.Resources = driver.Resources{CPUs: 0.5, Memory: 32 << 20}
	return spec
}

func (t *trial) resize(id string, r driver.Resources) {
	t.Helper()
	t.must(driver.Resize(t.Context(), t.driver, id, r))
}

func resizeRunning(t *trial) {
	spec := t.bounded("i1")
	want := t.run(spec)
	for _, r := range []driver.Resources{{CPUs: 1, Memory: 64 << 20}, {CPUs: 0.25, Memory: 48 << 20}} {
		t.resize("i1", r)
		want.Resources = r
		t.same("the instance", want, t.inspect("i1"))
	}
	again, err := t.driver.Create(t.Context(), spec)
	t.must(err)
	t.same("the resources after the same Create", want.Resources, again.Resources)
}

func resizePart(t *trial) {
	t.run(t.bounded("part"))
	t.resize("part", driver.Resources{CPUs: 1})
	t.same("after more CPU", driver.Resources{CPUs: 1, Memory: 32 << 20}, t.inspect("part").Resources)
	t.resize("part", driver.Resources{Memory: 40 << 20})
	t.same("after more memory", driver.Resources{CPUs: 1, Memory: 40 << 20}, t.inspect("part").Resources)
	t.resize("part", driver.Resources{})
	t.same("after nothing", driver.Resources{CPUs: 1, Memory: 40 << 20}, t.inspect("part").Resources)
}

func resizeAtRest(t *trial) {
	t.create(t.bounded("i1"))
	want := driver.Resources{CPUs: 0.75, Memory: 64 << 20}
	t.resize("i1", want)
	t.same("at rest", want, t.inspect("i1").Resources)
	t.start("i1")
	t.same("running", want, t.inspect("i1").Resources)
	t.stop("i1", driver.StopOptions{Grace: -1})
	t.resize("i1", driver.Resources{CPUs: 1})
	t.same("ended", driver.Resources{CPUs: 1, Memory: 64 << 20}, t.inspect("i1").Resources)
}

func resizeAll(t *trial) {
	want := t.run(t.bounded("all"))
	all := driver.Resources{CPUs: 0.75, CPUShares: 512, CPUSet: "0", Memory: 48 << 20, MemoryReservation: 24 << 20, PIDs: 77}
	t.resize("all", all)
	want.Resources = all
	t.same("the instance", want, t.inspect("all"))
	t.must(t.driver.Restart(t.Context(), "all", driver.StopOptions{Grace: -1}))
	t.same("the bounds after a restart", all, t.inspect("all").Resources)
}

func resizeInvalid(t *trial) {
	before := t.run(t.bounded("i1"))
	for name, r := range map[string]driver.Resources{
		"too many CPUs":     {CPUs: 1 << 20},
		"CPUs of no number": {CPUs: math.NaN()},
		"negative CPUs":     {CPUs: -1},
		"too little memory": {Memory: 1},
		"too much memory":   {Memory: 1 << 60},
		"one good, one bad": {CPUs: 1, Memory: -1},
		"a bound for good":  {CPUs: 1, SharedMemory: 1 << 20},
		"swap of no memory": {Swap: 1 << 20},
		"more than the old": {MemoryReservation: 33 << 20},
	} {
		if err := fault(driver.Resize(t.Context(), t.driver, "i1", r), dockerhv.ErrInvalid); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	t.same("the instance", before, t.inspect("i1"))
}
