package driver_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

func TestDiffer(t *testing.T) {
	created := driver.Spec{ID: "i1", Image: imageID, Env: map[string]string{"A": "1"}, Resources: driver.Resources{CPUs: 1, Memory: 64 << 20, PIDs: 5}, Restart: driver.Restart{Policy: driver.RestartOnFailure, MaxRetries: 3}}
	for name, tt := range map[string]struct {
		now    driver.Resources
		change func(*driver.Spec)
		want   driver.Change
	}{
		"nothing":            {created.Resources, func(*driver.Spec) {}, driver.Change{Action: driver.ActionNone}},
		"a bound":            {created.Resources, func(s *driver.Spec) { s.Resources.CPUs = 2 }, driver.Change{Action: driver.ActionUpdate, Fields: []string{"resources.cpus"}}},
		"a bound taken away": {created.Resources, func(s *driver.Spec) { s.Resources.CPUs = 0 }, driver.Change{Action: driver.ActionRecreate, Fields: []string{"resources.cpus"}}},
		"resized since":      {driver.Resources{CPUs: 2, Memory: 64 << 20, PIDs: 5}, func(*driver.Spec) {}, driver.Change{Action: driver.ActionUpdate, Fields: []string{"resources.cpus"}}},
		"another bound":      {created.Resources, func(s *driver.Spec) { s.Resources.PIDs = 6 }, driver.Change{Action: driver.ActionUpdate, Fields: []string{"resources.pids"}}},
		"a bound for good":   {created.Resources, func(s *driver.Spec) { s.Resources.SharedMemory = 1 << 20 }, driver.Change{Action: driver.ActionRecreate, Fields: []string{"resources.sharedMemory"}}},
		"all that can be": {created.Resources, func(s *driver.Spec) {
			s.Resources = driver.Resources{CPUs: 2, CPUShares: 512, CPUSet: "0", Memory: 1 << 30, MemoryReservation: 1 << 29, PIDs: 9}
			s.Restart = driver.Restart{Policy: driver.RestartAlways}
		}, driver.Change{Action: driver.ActionUpdate, Fields: []string{
			"resources.cpuSet", "resources.cpuShares", "resources.cpus", "resources.memory", "resources.memoryReservation", "resources.pids", "restart",
		}}},
		"no restarts":        {created.Resources, func(s *driver.Spec) { s.Restart = driver.Restart{} }, driver.Change{Action: driver.ActionUpdate, Fields: []string{"restart"}}},
		"a field":            {created.Resources, func(s *driver.Spec) { s.User = "1" }, driver.Change{Action: driver.ActionRecreate, Fields: []string{"user"}}},
		"a field taken away": {created.Resources, func(s *driver.Spec) { s.Env = nil }, driver.Change{Action: driver.ActionRecreate, Fields: []string{"env"}}},
		"both": {created.Resources, func(s *driver.Spec) { s.Env, s.Resources.Memory = nil, 1<<30 }, driver.Change{
			Action: driver.ActionRecreate, Fields: []string{"env", "resources.memory"},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			spec := created
			tt.change(&spec)
			got := driver.Differ(created.Fields(), driver.Instance{Resources: tt.now, Restart: created.Restart}, spec)
			if diff := cmp.Diff(tt.want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("change (-want +got):\n%s", diff)
			}
		})
	}
}

// TestFieldsHideValues: what is kept of a field is too short to find its value by.
func TestFieldsHideValues(t *testing.T) {
	for path, hash := range full().Fields() {
		if len(hash) > 6 || strings.Contains(path, "nginx") {
			t.Errorf("%s is kept as %q", path, hash)
		}
	}
}

// TestPlanFallsBack on the core, of a driver that is no Planner.
func TestPlanFallsBack(t *testing.T) {
	spec := driver.Spec{ID: "i1", Image: imageID}
	other := spec
	other.User = "1"
	inspects := func(i driver.Instance, class error) driver.Driver {
		return fake{inspect: func(string) (driver.Instance, error) {
			if class != nil {
				return i, &dockerhv.Error{Class: class}
			}
			return i, nil
		}}
	}
	there := inspects(driver.Instance{ID: "i1", SpecHash: spec.Hash()}, nil)
	for name, tt := range map[string]struct {
		driver driver.Driver
		spec   driver.Spec
		want   driver.Action
	}{
		"absent":  {inspects(driver.Instance{}, dockerhv.ErrNotFound), spec, driver.ActionCreate},
		"same":    {there, spec, driver.ActionNone},
		"another": {there, other, driver.ActionRecreate},
	} {
		if got, err := driver.Plan(t.Context(), tt.driver, tt.spec); err != nil || got.Action != tt.want {
			t.Errorf("%s: %v, %v; want %s", name, got, err, tt.want)
		}
	}
	if _, err := driver.Plan(t.Context(), inspects(driver.Instance{}, dockerhv.ErrUnavailable), spec); err == nil {
		t.Error("a host that does not answer gives a plan")
	}
}
