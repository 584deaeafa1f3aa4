package drivertest

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/template"
)

var createRules = group{name: "Create", rules: []rule{
	{"makes an instance that exists, at rest", about(2, 13), createAtRest, ""},
	{"again with the same spec returns the instance that is there", about(29, 32), createAgain, ""},
	{"again with another spec is ErrExists and touches nothing", about(30), createAnother, ""},
	{"of one ID by many at once makes one instance", about(29, 126), createTogether, ""},
	{"that was given up is completed by the same call", about(1, 29), createGivenUp, ""},
	{"of an ID that is free again makes another instance", about(9), createAnew, ""},
	{"refuses what is invalid and creates nothing", about(81, 82, 86, 99, 121), createInvalid, ""},
	{"of an image that is not there is ErrNotFound", about(86), createWithoutImage, ""},
	{"tells the command its environment", about(81), createEnv, LogReader},
	{"tells the command its working directory", about(81), createWorkDir, LogReader},
	{"tells the command its user", about(81), createUser, LogReader},
	{"tells the command its hostname", about(81), createHostname, LogReader},
	{"bounds the resources as it is told", about(80, 83), createResources, ""},
}}

// fullSpec is a spec with all that every host can honour.
func fullSpec(t *trial, id string) driver.Spec {
	t.Helper()
	s := t.server(id)
	s.Name, s.Hostname = "Web one", "web-one"
	s.Template = driver.Template{Format: template.Repository, Digest: s.Image, Reference: "example.org/web:1"}
	s.Labels = map[string]string{"zone": "z1", "empty": ""}
	s.Env = map[string]string{"GREETING": "hello"}
	s.StopSignal, s.StopGrace = "SIGTERM", 5*time.Second
	return s
}

func createAtRest(t *trial) {
	spec := fullSpec(t, "i-2-45-VM")
	for from, i := range map[string]driver.Instance{"Create": t.create(spec), "Inspect": t.inspect(spec.ID)} {
		t.same(from+": identity",
			[]any{spec.ID, spec.Name, spec.Template, t.owner, spec.Hash(), spec.Image},
			[]any{i.ID, i.Name, i.Template, i.Owner, i.SpecHash, i.Image})
		if i.State != driver.Created || i.Exit != nil || !i.Started.IsZero() || !i.Finished.IsZero() {
			t.Errorf("%s: the instance is not at rest: %+v", from, i)
		}
		if i.HostID == "" || i.Address().IsValid() || len(i.Ports) > 0 {
			t.Errorf("%s: want a host ID, no address and no ports at rest: %+v", from, i)
		}
		for name, value := range spec.Labels {
			if got, ok := i.Labels[name]; !ok || got != value {
				t.Errorf("%s: the label %s is %q, want %q", from, name, got, value)
			}
		}
	}
}

func createAgain(t *trial) {
	spec := t.server("i1")
	first := t.create(spec)
	again := func(want driver.State) {
		t.Helper()
		i, err := t.again().Create(t.Context(), spec)
		t.must(err)
		if i.HostID != first.HostID || i.State != want {
			t.Errorf("Create returns %s, which is %s; want %s, %s", i.HostID, i.State, first.HostID, want)
		}
	}
	again(driver.Created)
	t.start(spec.ID)
	t.await(spec.ID, ready)
	started := t.inspect(spec.ID).Started
	again(driver.Running)
	if now := t.inspect(spec.ID).Started; !now.Equal(started) {
		t.Errorf("Create started the instance anew, at %v", now)
	}
	t.stop(spec.ID, driver.StopOptions{})
	again(driver.Exited)
}

func createAnother(t *trial) {
	spec := t.server("i1")
	t.run(spec)
	before := t.inspect(spec.ID)
	for name, change := range map[string]func(*driver.Spec){
		"command": func(s *driver.Spec) { s.Command = t.config.Workload.Serve("SIGTERM", 1) },
		"env":     func(s *driver.Spec) { s.Env = map[string]string{"A": "1"} },
		"label":   func(s *driver.Spec) { s.Labels = map[string]string{"a": "1"} },
		"name":    func(s *driver.Spec) { s.Name = "another" },
		"grace":   func(s *driver.Spec) { s.StopGrace = time.Second },
		"file":    func(s *driver.Spec) { s.Files = []driver.File{{Path: "/etc/a"}} },
	} {
		other := spec
		change(&other)
		if _, err := t.driver.Create(t.Context(), other); fault(err, dockerhv.ErrExists) != nil {
			t.Errorf("another %s: %v", name, fault(err, dockerhv.ErrExists))
		}
	}
	t.same("the instance after the refusals", before, t.inspect(spec.ID))
}

func createTogether(t *trial) {
	spec := t.server("i1")
	drivers := []driver.Driver{t.driver, t.again(), t.again()}
	hostIDs := make([]string, 12)
	t.must(together(len(hostIDs), func(n int) error {
		i, err := drivers[n%len(drivers)].Create(t.Context(), spec)
		hostIDs[n] = i.HostID
		return err
	}))
	for _, id := range hostIDs {
		if id != hostIDs[0] {
			t.Errorf("two instances: %s and %s", hostIDs[0], id)
		}
	}
	all, err := t.driver.List(t.Context(), driver.Filter{})
	t.must(err)
	t.same("instances", []string{spec.ID}, ids(all))
}

// createGivenUp gives up at many moments of the call.
func createGivenUp(t *trial) {
	for n := range 12 {
		spec := t.server(fmt.Sprintf("i%02d", n))
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(n)*4*time.Millisecond)
		first, err := t.driver.Create(ctx, spec)
		cancel()
		if err != nil {
			t.refused(err, context.DeadlineExceeded)
		}
		second := t.create(spec)
		if err == nil && second.HostID != first.HostID {
			t.Errorf("two instances: %s and %s", first.HostID, second.HostID)
		}
		all, err := t.driver.List(t.Context(), driver.Filter{IDs: []string{spec.ID}})
		t.must(err)
		t.same("instances", []string{spec.ID}, ids(all))
		t.must(t.driver.Destroy(t.Context(), spec.ID, driver.DestroyOptions{}))
	}
	t.none(t.driver)
}

func createAnew(t *trial) {
	spec := t.server("i1")
	first := t.create(spec)
	t.must(t.driver.Destroy(t.Context(), spec.ID, driver.DestroyOptions{}))
	spec.Name = "another"
	if second := t.create(spec); second.HostID == first.HostID || second.SpecHash != spec.Hash() {
		t.Errorf("created anew: %+v, was %+v", second, first)
	}
	t.start(spec.ID)
	t.state(spec.ID, driver.Running)
}

func createWithoutImage(t *trial) {
	spec := t.server("i1")
	spec.Image = "sha256:" + fmt.Sprintf("%064d", 0)
	_, err := t.driver.Create(t.Context(), spec)
	t.refused(err, dockerhv.ErrNotFound)
	t.absent(spec.ID)
}

// printsOnce runs a command to its end and returns its only line.
func printsOnce(t *trial, spec driver.Spec) string {
	t.Helper()
	t.create(spec)
	t.start(spec.ID)
	if exit := t.ended(spec.ID); exit.Code != 0 {
		t.Fatalf("the command ended with %+v", exit)
	}
	lines := t.lines(spec.ID, driver.LogOptions{})
	if len(lines) != 1 {
		t.Fatalf("the command printed %v, want one line", lines)
	}
	return lines[0].Text
}

func createEnv(t *trial) {
	if t.config.Workload.Env == nil {
		t.Skip("the workload prints no environment")
	}
	spec := t.spec("i1", t.config.Workload.Env("GREETING"))
	spec.Env = map[string]string{"GREETING": "hello = $HOME 'x'", "OTHER": ""}
	t.same("the variable", spec.Env["GREETING"], printsOnce(t, spec))
}

func createWorkDir(t *trial) {
	spec := t.spec("i1", t.config.Workload.WorkDir)
	spec.WorkDir = "/tmp"
	t.same("the working directory", spec.WorkDir, printsOnce(t, spec))
}

func createUser(t *trial) {
	spec := t.spec("i1", t.config.Workload.User)
	spec.User = "1234:1234"
	t.same("the user", "1234", printsOnce(t, spec))
}

func createHostname(t *trial) {
	spec := t.spec("i1", t.config.Workload.Hostname)
	spec.Hostname = "web-one"
	t.same("the hostname", spec.Hostname, printsOnce(t, spec))
}

func createResources(t *trial) {
	h, err := t.driver.Host(t.Context())
	t.must(err)
	spec := t.server("i1")
	if h.LimitsCPU {
		spec.Resources.CPUs = 0.5
	}
	if h.LimitsMemory {
		spec.Resources.Memory = 48 << 20
	}
	t.run(spec)
	t.same("bounds in force", spec.Resources, t.inspect(spec.ID).Resources)
	unbound := t.server("i2")
	unbound.Resources.PIDs = driver.Unlimited
	t.same("no bound, as created", driver.Resources{}, t.create(unbound).Resources)
	t.same("no bound, as inspected", driver.Resources{}, t.inspect(unbound.ID).Resources)
}

// together calls n times at once, and joins the errors.
func together(n int, call func(n int) error) error {
	errs := make(chan error, n)
	var group sync.WaitGroup
	for i := range n {
		group.Go(func() { errs <- call(i) })
	}
	group.Wait()
	close(errs)
	var all []error
	for err := range errs {
		if err != nil {
			all = append(all, err)
		}
	}
	return joined(all)
}
