package drivertest

import (
	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

var signalRules = group{name: "Signal", needs: Signaler, rules: []rule{
	{"reaches the command, however it is spelled", about(18), signalReaches, ""},
	{"that is unknown is ErrInvalid and changes nothing", about(18), signalUnknown, ""},
	{"of what does not run is ErrConflict", about(18), signalAtRest, ""},
}}

func signalReaches(t *trial) {
	for _, spelled := range []string{"SIGUSR1", "USR1", "10"} {
		id := "by-" + spelled
		t.run(t.spec(id, t.config.Workload.Serve("SIGUSR1", 4)))
		t.must(driver.Signal(t.Context(), t.driver, id, spelled))
		if exit := t.ended(id); exit.Code != 4 {
			t.Errorf("%s: exit %+v, want code 4", spelled, exit)
		}
	}
}

func signalUnknown(t *trial) {
	before := t.serve("i1")
	for _, bad := range []string{"", "nonsense!", "SIGNONSENSE", "0", "-9", "999"} {
		if err := fault(driver.Signal(t.Context(), t.driver, "i1", bad), dockerhv.ErrInvalid); err != nil {
			t.Errorf("the signal %q: %v", bad, err)
		}
	}
	t.same("the instance", before, t.inspect("i1"))
}

func signalAtRest(t *trial) {
	t.create(t.server("i1"))
	t.refused(driver.Signal(t.Context(), t.driver, "i1", "SIGTERM"), dockerhv.ErrConflict)
	t.run(t.server("i2"))
	t.stop("i2", driver.StopOptions{})
	t.refused(driver.Signal(t.Context(), t.driver, "i2", "SIGTERM"), dockerhv.ErrConflict)
}
