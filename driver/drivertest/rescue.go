package drivertest

import (
	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

var rescueRules = group{name: "Rescue", needs: Retirer, rules: []rule{
	{"runs another image in an instance's place, and Unrescue has it back", about(9), rescueBack, ""},
	{"has the instance's volumes, and neither its environment nor its policy", about(9), rescueVolume, VolumeManager},
	{"can be repeated, as Unrescue", about(30), rescueAgain, ""},
	{"that was cut off is completed by the same call, or undone", about(30, 32), rescueCut, ""},
	{"that fails has the instance back as it was", about(1), rescueFails, ""},
	{"of an absent instance is ErrNotFound, as Unrescue", about(1), rescueAbsent, ""},
	{"is never taken for an instance that was purged", about(1), rescuePurged, ""},
}}

// rescuer is what stands in for an instance.
func (t *trial) rescuer() driver.RescueOptions {
	return driver.RescueOptions{
		Image: t.config.Workload.Image, Command: t.config.Workload.Serve("SIGTERM", 0), Stop: driver.StopOptions{Grace: -1},
	}
}

func (t *trial) rescue(spec driver.Spec) driver.Instance {
	t.Helper()
	t.Cleanup(func() { t.purge(spec.ID) })
	i, err := driver.Rescue(t.Context(), t.driver, spec, t.rescuer())
	t.must(err)
	return i
}

// unrescue has the instance i1 back.
func (t *trial) unrescue() {
	t.Helper()
	t.must(driver.Unrescue(t.Context(), t.driver, "i1", driver.StopOptions{Grace: -1}))
}

func rescueBack(t *trial) {
	spec := t.server("i1")
	spec.Name = "mine"
	before := t.run(spec)
	during := t.rescue(spec)
	if during.HostID == before.HostID || during.State != driver.Running || during.Name != "mine" || !driver.Rescued(during) {
		t.Errorf("what stands in for %+v is %+v", before, during)
	}
	t.same("retired", []string{"i1"}, t.retired(t.again()))
	t.unrescue()
	after := t.inspect("i1")
	t.same("the instance", before.HostID, after.HostID)
	t.same("its spec", before.SpecHash, after.SpecHash)
	t.state("i1", driver.Running)
	t.same("retired", []string{}, t.retired(t.again()))
}

func rescueVolume(t *trial) {
	spec := t.with("i1", "data")
	spec.Env = driver.Private{"SECRET": "s3cret"}
	spec.Restart = driver.Restart{Policy: driver.RestartAlways}
	t.run(spec)
	during := t.rescue(spec)
	all, err := driver.Volumes(t.Context(), t.driver)
	t.must(err)
	if len(all) != 1 || all[0].Name != "data" || !all[0].InUse {
		t.Errorf("the volumes are %+v", all)
	}
	t.same("policy", driver.Restart{}, during.Restart)
	if t.config.Workload.Env != nil && t.config.Workload.Cat != nil {
		if value, _ := t.exec("i1", driver.Command{Args: t.config.Workload.Env("SECRET")}); value != "" && value != "\n" {
			t.Errorf("what stands in has the instance's environment: %q", value)
		}
	}
	t.unrescue()
	t.same("volumes", []string{"data"}, t.volumes(t.driver))
	t.same("policy", spec.Restart, t.inspect("i1").Restart)
}

func rescueAgain(t *trial) {
	spec := t.server("i1")
	before := t.run(spec)
	first := t.rescue(spec)
	t.same("what stands in", first.HostID, t.rescue(spec).HostID)
	other := t.rescuer()
	other.Image = "sha256:0000000000000000000000000000000000000000000000000000000000000000"
	_, err := driver.Rescue(t.Context(), t.driver, spec, other)
	t.refused(err, dockerhv.ErrExists)
	for range 2 {
		t.unrescue()
		t.same("the instance", before.HostID, t.inspect("i1").HostID)
	}
	t.stop("i1", driver.StopOptions{Grace: -1})
	t.unrescue()
	t.state("i1", driver.Running)
}

func rescueCut(t *trial) {
	spec := t.server("i1")
	before := t.run(spec)
	t.retire("i1") // and no more
	t.unrescue()
	t.same("the instance", before.HostID, t.inspect("i1").HostID)
	t.retire("i1")
	during := t.rescue(spec)
	if during.HostID == before.HostID || during.State != driver.Running {
		t.Errorf("completed, it is %+v", during)
	}
	t.must(t.driver.Destroy(t.Context(), "i1", driver.DestroyOptions{Force: true})) // and no more
	t.unrescue()
	t.same("the instance", before.HostID, t.inspect("i1").HostID)
	t.state("i1", driver.Running)
}

func rescueFails(t *trial) {
	spec := t.server("i1")
	before := t.run(spec)
	for name, change := range map[string]func(*driver.RescueOptions){
		"an image that the host lacks": func(o *driver.RescueOptions) {
			o.Image = "sha256:0000000000000000000000000000000000000000000000000000000000000000"
		},
		"a program that the image lacks": func(o *driver.RescueOptions) { o.Command = t.config.Workload.Missing },
		"no image":                       func(o *driver.RescueOptions) { o.Image = "" },
	} {
		opts := t.rescuer()
		change(&opts)
		if _, err := driver.Rescue(t.Context(), t.driver, spec, opts); err == nil {
			t.Errorf("%s rescues", name)
		}
		after := t.inspect("i1")
		t.same("the instance after "+name, before.HostID, after.HostID)
		t.same("its state after "+name, driver.Running, after.State)
	}
	t.same("retired", []string{}, t.retired(t.driver))
}

func rescueAbsent(t *trial) {
	_, err := driver.Rescue(t.Context(), t.driver, t.server("nobody"), t.rescuer())
	t.refused(err, dockerhv.ErrNotFound)
	t.refused(driver.Unrescue(t.Context(), t.driver, "nobody", driver.StopOptions{}), dockerhv.ErrNotFound)
	t.none(t.driver)
}

func rescuePurged(t *trial) {
	spec := t.server("i1")
	t.run(spec)
	during := t.rescue(spec)
	t.purge("i1")
	t.refused(driver.Unrescue(t.Context(), t.driver, "i1", driver.StopOptions{Grace: -1}), dockerhv.ErrNotFound)
	t.same("what stood in", during.HostID, t.inspect("i1").HostID)
}
