package drivertest

import (
	"time"

	"github.com/dockerhv/dockerhv/driver"
)

var sweepRules = group{name: "Sweep", rules: []rule{
	{"destroys what nobody wants, running or not", about(50), sweepAll, ""},
	{"spares what is kept and what is young", about(50, 53), sweepSpares, ""},
	{"only tells when it is dry", about(52), sweepDry, ""},
	{"touches no other owner's", about(50, 51), sweepOwner, ""},
}}

func sweep(t *trial, d driver.Driver, opts driver.SweepOptions) []string {
	t.Helper()
	swept, err := driver.Sweep(t.Context(), d, opts)
	t.must(err)
	return ids(swept)
}

func sweepAll(t *trial) {
	t.serve("running")
	t.serve("exited")
	t.stop("exited", driver.StopOptions{})
	t.create(t.server("created"))
	all := []string{"created", "exited", "running"}
	t.same("swept", all, sweep(t, t.again(), driver.SweepOptions{Grace: -1}))
	t.none(t.driver)
	t.same("swept again", []string{}, sweep(t, t.driver, driver.SweepOptions{Grace: -1}))
}

func sweepSpares(t *trial) {
	t.create(t.server("i1"))
	t.serve("i2")
	t.same("swept with a grace", []string{}, sweep(t, t.driver, driver.SweepOptions{}))
	keep := driver.SweepOptions{Grace: -1, Keep: []string{"i2", "i3"}}
	t.same("swept", []string{"i1"}, sweep(t, t.driver, keep))
	t.state("i2", driver.Running)
	t.pause(2 * time.Second)
	t.create(t.server("young"))
	t.same("swept of a second's age", []string{"i2"}, sweep(t, t.driver, driver.SweepOptions{Grace: 1500 * time.Millisecond}))
	t.state("young", driver.Created)
}

func sweepDry(t *trial) {
	t.create(t.server("i1"))
	t.serve("i2")
	dry := driver.SweepOptions{Grace: -1, DryRun: true, Keep: []string{"i1"}}
	told := sweep(t, t.driver, dry)
	t.same("told", []string{"i2"}, told)
	t.state("i1", driver.Created)
	t.state("i2", driver.Running)
	dry.DryRun = false
	t.same("swept", told, sweep(t, t.driver, dry))
}

func sweepOwner(t *trial) {
	other := t.other()
	_, err := other.Create(t.Context(), t.server("theirs"))
	t.must(err)
	mine := t.serve("mine")
	t.same("theirs", []string{"theirs"}, sweep(t, other, driver.SweepOptions{Grace: -1}))
	t.same("mine", mine, t.inspect("mine"))
}
