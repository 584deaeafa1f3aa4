package drivertest

import (
	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

var destroyRules = group{name: "Destroy", rules: []rule{
	{"removes what is at rest", about(9), destroyAtRest, ""},
	{"of an absent instance is success", about(9), destroyAbsent, ""},
	{"without force refuses what runs and changes nothing", about(11), destroyRunning, ""},
	{"without force refuses what is paused", about(11), destroyPaused, Pauser},
	{"with force removes what runs, at once", about(9), destroyForce, ""},
	{"by many at once is success for all", about(9, 126), destroyTogether, ""},
}}

func destroyAtRest(t *trial) {
	t.create(t.server("i1"))
	t.run(t.server("i2"))
	t.stop("i2", driver.StopOptions{})
	for _, id := range []string{"i1", "i2"} {
		t.must(t.driver.Destroy(t.Context(), id, driver.DestroyOptions{}))
		t.absent(id)
	}
	t.none(t.driver)
}

func destroyAbsent(t *trial) {
	for _, opts := range []driver.DestroyOptions{{}, {Force: true}} {
		t.must(t.driver.Destroy(t.Context(), "nobody", opts))
	}
	t.create(t.server("i1"))
	for range 2 {
		t.must(t.driver.Destroy(t.Context(), "i1", driver.DestroyOptions{}))
	}
	t.must(t.again().Destroy(t.Context(), "i1", driver.DestroyOptions{}))
}

func destroyRunning(t *trial) {
	before := t.serve("i1")
	t.refused(t.driver.Destroy(t.Context(), "i1", driver.DestroyOptions{}), dockerhv.ErrConflict)
	t.same("the instance after the refusal", before, t.inspect("i1"))
}

func destroyPaused(t *trial) {
	t.serve("i1")
	t.must(driver.Pause(t.Context(), t.driver, "i1"))
	t.refused(t.driver.Destroy(t.Context(), "i1", driver.DestroyOptions{}), dockerhv.ErrConflict)
	t.state("i1", driver.Paused)
	t.must(t.driver.Destroy(t.Context(), "i1", driver.DestroyOptions{Force: true}))
	t.absent("i1")
}

func destroyForce(t *trial) {
	t.run(t.spec("i1", t.config.Workload.Stubborn))
	t.within(soon, func() { t.must(t.driver.Destroy(t.Context(), "i1", driver.DestroyOptions{Force: true})) })
	t.absent("i1")
	t.none(t.driver)
}

func destroyTogether(t *trial) {
	t.serve("i1")
	drivers := []driver.Driver{t.driver, t.again(), t.again()}
	t.must(together(9, func(n int) error {
		return drivers[n%len(drivers)].Destroy(t.Context(), "i1", driver.DestroyOptions{Force: true})
	}))
	t.absent("i1")
}
