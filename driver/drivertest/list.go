package drivertest

import (
	"time"

	"github.com/dockerhv/dockerhv/driver"
)

var listRules = group{name: "List", rules: []rule{
	{"of nothing is empty", about(39), listNothing, ""},
	{"is ordered by ID", about(39), listOrdered, ""},
	{"selects by ID, state and label, all of them", about(130), listFilters, ""},
	{"tells the same as Inspect, but what it says that it leaves out", about(13, 39), listFields, ""},
}}

func listNothing(t *trial) {
	t.none(t.driver)
	all, err := t.driver.List(t.Context(), driver.Filter{IDs: []string{"nobody"}})
	t.must(err)
	t.same("instances", []string{}, ids(all))
}

func listOrdered(t *trial) {
	for _, id := range []string{"c", "a", "b-2", "B", "b-10", "0"} {
		t.create(t.server(id))
	}
	all, err := t.driver.List(t.Context(), driver.Filter{})
	t.must(err)
	t.same("instances", []string{"0", "B", "a", "b-10", "b-2", "c"}, ids(all))
}

func listFilters(t *trial) {
	for _, id := range []string{"c", "a", "b"} {
		spec := t.server(id)
		spec.Labels = map[string]string{"name": id, "all": "yes", "empty": ""}
		t.create(spec)
	}
	t.start("b")
	t.start("c")
	t.stop("c", driver.StopOptions{Grace: -1})
	for name, tc := range map[string]struct {
		filter driver.Filter
		want   []string
	}{
		"one ID":        {driver.Filter{IDs: []string{"b"}}, []string{"b"}},
		"several IDs":   {driver.Filter{IDs: []string{"c", "a", "x", "a"}}, []string{"a", "c"}},
		"a part of one": {driver.Filter{IDs: []string{""}}, nil},
		"one state":     {driver.Filter{States: []driver.State{driver.Running}}, []string{"b"}},
		"states":        {driver.Filter{States: []driver.State{driver.Created, driver.Exited}}, []string{"a", "c"}},
		"no such state": {driver.Filter{States: []driver.State{driver.Paused}}, nil},
		"one label":     {driver.Filter{Labels: map[string]string{"name": "c"}}, []string{"c"}},
		"labels":        {driver.Filter{Labels: map[string]string{"name": "c", "all": "yes"}}, []string{"c"}},
		"an empty one":  {driver.Filter{Labels: map[string]string{"empty": ""}}, []string{"a", "b", "c"}},
		"another value": {driver.Filter{Labels: map[string]string{"all": "ye"}}, nil},
		"no such label": {driver.Filter{Labels: map[string]string{"nam": "c"}}, nil},
		"all of them": {driver.Filter{
			IDs: []string{"a", "b"}, States: []driver.State{driver.Created, driver.Running}, Labels: map[string]string{"name": "a"},
		}, []string{"a"}},
	} {
		got, err := t.driver.List(t.Context(), tc.filter)
		t.must(err)
		t.same(name, tc.want, ids(got))
	}
}

func listFields(t *trial) {
	t.run(fullSpec(t, "i1"))
	t.create(fullSpec(t, "i2"))
	t.create(t.spec("i3", t.config.Workload.Exit(3, 0)))
	t.start("i3")
	t.ended("i3")
	all, err := t.driver.List(t.Context(), driver.Filter{})
	t.must(err)
	t.same("instances", []string{"i1", "i2", "i3"}, ids(all))
	for _, listed := range all {
		want := t.inspect(listed.ID)
		want.Resources, want.Exit, want.Started, want.Finished = driver.Resources{}, nil, time.Time{}, time.Time{}
		want.Suspended = false
		want.Restart, want.Restarts, want.Health = driver.Restart{}, 0, driver.CheckResult{Status: want.Health.Status}
		if listed.Created.Unix() != want.Created.Unix() {
			t.Errorf("%s was created at %v says List, at %v Inspect", listed.ID, listed.Created, want.Created)
		}
		listed.Created, want.Created = time.Time{}, time.Time{} // which hosts round
		t.same(listed.ID, want, listed)
	}
}
