package drivertest

import (
	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

var planRules = group{name: "Plan", rules: []rule{
	{"of what is absent is to create it", about(24), planAbsent, ""},
	{"of what is as the spec says is none", about(24), planSame, ""},
	{"of another spec is to recreate, and names the fields", about(24), planFields, Planner},
	{"of what can be changed in place is an update, which Resize and SetRestart make", about(24, 25), planUpdate, Planner},
	{"of a spec that is invalid is ErrInvalid and changes nothing", about(24), planInvalid, Planner},
}}

// plan asserts a plan.
func (t *trial) plan(spec driver.Spec, want driver.Action, fields ...string) {
	t.Helper()
	got, err := driver.Plan(t.Context(), t.driver, spec)
	t.must(err)
	if got.Action != want {
		t.Errorf("the plan is %+v, want %s", got, want)
	}
	if Planner.has(t.driver) {
		t.same("the fields", append([]string{}, fields...), append([]string{}, got.Fields...))
	}
}

func planAbsent(t *trial) {
	t.plan(t.server("nobody"), driver.ActionCreate)
	t.none(t.driver)
}

func planSame(t *trial) {
	spec := fullSpec(t, "i1")
	t.create(spec)
	t.plan(spec, driver.ActionNone)
	t.start("i1")
	t.plan(spec, driver.ActionNone)
	spec.User = "1234"
	if got, err := driver.Plan(t.Context(), t.driver, spec); err != nil || got.Action != driver.ActionRecreate {
		t.Errorf("the plan of another user is %+v, %v", got, err)
	}
}

func planFields(t *trial) {
	spec := t.server("i1")
	spec.Env = map[string]string{"A": "1"}
	t.create(spec)
	spec.Env, spec.User = map[string]string{"A": "2"}, "1234"
	t.plan(spec, driver.ActionRecreate, "env", "user")
	spec.Resources.Memory = 64 << 20
	t.plan(spec, driver.ActionRecreate, "env", "resources.memory", "user")
}

func planUpdate(t *trial) {
	spec := t.bounded("i1")
	before := t.run(spec)
	t.plan(spec, driver.ActionNone)
	spec.Resources.Memory, spec.Resources.PIDs = 64<<20, 77
	spec.Restart = driver.Restart{Policy: driver.RestartOnFailure, MaxRetries: 3}
	t.plan(spec, driver.ActionUpdate, "resources.memory", "resources.pids", "restart")
	if !Resizer.has(t.driver) || !RestartSetter.has(t.driver) {
		return
	}
	t.resize("i1", spec.Resources)
	t.plan(spec, driver.ActionUpdate, "restart")
	t.must(driver.SetRestart(t.Context(), t.driver, "i1", spec.Restart))
	t.plan(spec, driver.ActionNone)
	before.Resources, before.Restart = spec.Resources, spec.Restart
	t.same("the instance", before, t.inspect("i1"))
	t.must(driver.SetRestart(t.Context(), t.driver, "i1", driver.Restart{}))
	t.plan(spec, driver.ActionUpdate, "restart")
	t.same("no restarts", driver.Restart{}, t.inspect("i1").Restart)
	t.refused(driver.SetRestart(t.Context(), t.driver, "i1", driver.Restart{Policy: "sometimes"}), dockerhv.ErrInvalid)
	t.refused(driver.SetRestart(t.Context(), t.driver, "nobody", driver.Restart{}), dockerhv.ErrNotFound)
}

func planInvalid(t *trial) {
	spec := t.server("i1")
	t.create(spec)
	before := t.inspect("i1")
	spec.Resources.CPUs = -1
	_, err := driver.Plan(t.Context(), t.driver, spec)
	t.refused(err, dockerhv.ErrInvalid)
	t.same("the instance", before, t.inspect("i1"))
}
