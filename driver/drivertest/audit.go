package drivertest

import "github.com/dockerhv/dockerhv/driver"

var auditRules = group{name: "Audit", rules: []rule{
	{"tells what is there and not wanted, and what is wanted and not there", about(54), auditDrift, ""},
	{"changes nothing", about(54), auditChangesNothing, ""},
	{"tells volumes, of which those are swept by kind that nobody wants or uses", about(50, 52, 54, 101), auditVolumes, VolumeManager},
}}

func auditDrift(t *trial) {
	for _, id := range []string{"i1", "i2", "i3"} {
		t.create(t.server(id))
	}
	other := t.other()
	_, err := other.Create(t.Context(), t.server("i4"))
	t.must(err)
	drift, err := driver.Audit(t.Context(), t.again(), driver.Wanted{driver.KindInstance: {"i4", "i2", "i0"}})
	t.must(err)
	t.same("unwanted", []string{"instance i1", "instance i3"}, objects(drift.Unwanted))
	t.same("missing", []string{"instance i0", "instance i4"}, objects(drift.Missing))
	for _, o := range drift.Unwanted {
		if i := t.inspect(o.Name); i.Created.Sub(o.Created).Abs().Seconds() > 1 {
			t.Errorf("%s was created at %v, and it is told as %v", o.Name, i.Created, o.Created)
		}
	}
	drift, err = driver.Audit(t.Context(), t.driver, driver.Wanted{driver.KindInstance: {"i3", "i2", "i1"}})
	t.must(err)
	t.same("no drift", driver.Drift{}, drift)
}

func auditChangesNothing(t *trial) {
	want := t.serve("i1")
	_, err := driver.Audit(t.Context(), t.driver, nil)
	t.must(err)
	t.same("the instance", want, t.inspect("i1"))
}

func auditVolumes(t *trial) {
	for _, volume := range []string{"kept", "unwanted", "used"} {
		t.create(t.with("i-"+volume, volume))
	}
	t.destroy("i-kept", driver.DestroyOptions{})
	t.destroy("i-unwanted", driver.DestroyOptions{})
	drift, err := driver.Audit(t.Context(), t.driver, driver.Wanted{driver.KindVolume: {"kept", "gone"}})
	t.must(err)
	t.same("unwanted", []string{"instance i-used", "volume unwanted", "volume used"}, objects(drift.Unwanted))
	t.same("missing", []string{"volume gone"}, objects(drift.Missing))
	wanted := driver.Wanted{driver.KindVolume: {"kept"}}
	for _, tc := range []struct {
		wanted driver.Wanted
		opts   driver.SweepOptions
		want   []string
	}{
		{nil, driver.SweepOptions{Grace: -1}, nil}, // no kind is asked for
		{wanted, driver.SweepOptions{}, nil},       // too young
		{wanted, driver.SweepOptions{Grace: -1, DryRun: true}, []string{"volume unwanted"}},
		{wanted, driver.SweepOptions{Grace: -1}, []string{"volume unwanted"}},
		{wanted, driver.SweepOptions{Grace: -1}, nil},
	} {
		swept, err := driver.SweepObjects(t.Context(), t.driver, tc.wanted, tc.opts)
		t.must(err)
		t.same("swept", tc.want, objects(swept))
	}
	t.same("volumes", []string{"kept", "used"}, t.volumes(t.driver))
}

// objects lists objects by kind and name.
func objects(all []driver.Object) []string {
	names := make([]string, 0, len(all))
	for _, o := range all {
		names = append(names, string(o.Kind)+" "+o.Name)
	}
	return names
}
