package docker_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

// 24: a plan says what it takes, and in which fields the spec differs.
func TestPlan(t *testing.T) {
	d := open(t, "plan")
	spec := sleeper("plan", busybox(t, d))
	spec.Env = map[string]string{"SECRET": "canary-7f3a"}
	spec.Resources = driver.Resources{CPUs: 0.5, Memory: 32 << 20, PIDs: 100}
	plan := func(s driver.Spec) driver.Change {
		t.Helper()
		change, err := driver.Plan(t.Context(), d, s)
		if err != nil {
			t.Fatal(err)
		}
		return change
	}
	want := func(got driver.Change, action driver.Action, fields ...string) {
		t.Helper()
		if diff := cmp.Diff(driver.Change{Action: action, Fields: fields}, got, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("plan (-want +got):\n%s", diff)
		}
	}
	want(plan(spec), driver.ActionCreate)
	create(t, d, spec)
	want(plan(spec), driver.ActionNone)

	bigger := spec
	bigger.Resources.Memory = 64 << 20
	want(plan(bigger), driver.ActionUpdate, "resources.memory")
	if err := driver.Resize(t.Context(), d, spec.ID, driver.Resources{Memory: 64 << 20}); err != nil {
		t.Fatal(err)
	}
	want(plan(bigger), driver.ActionNone)
	want(plan(spec), driver.ActionUpdate, "resources.memory")

	unbound := spec
	unbound.Resources.CPUs = 0
	want(plan(unbound), driver.ActionRecreate, "resources.cpus", "resources.memory")
	other := bigger
	other.Env, other.User, other.Resources.PIDs = map[string]string{"SECRET": "x"}, "1000", 0
	want(plan(other), driver.ActionRecreate, "env", "resources.pids", "user") // a bound is not taken away in place

	other.Resources.CPUs = -1
	_, err := driver.Plan(t.Context(), d, other)
	wantError(t, err, dockerhv.ErrInvalid)
}
