package drivertest

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/dockerhv/dockerhv/driver"
)

// soon is how long a call may take that has nothing to wait for. It is generous: a
// driver that breaks the rule would take many times longer.
const soon = 10 * time.Second

// trial is the test of one rule: an owner of its own, a driver of that owner, and
// what helps to use it.
type trial struct {
	*testing.T
	config Config
	owner  string
	driver driver.Driver
	ctx    context.Context //nolint:containedctx // stands in for testing.T's, which has no deadline
}

func newTrial(t *testing.T, c Config, owner string) *trial {
	ctx, cancel := context.WithTimeout(t.Context(), c.Patience)
	t.Cleanup(cancel)
	trial := &trial{T: t, config: c, owner: owner, ctx: ctx}
	trial.driver = trial.open(owner)
	return trial
}

// Context ends with the test or with its patience.
func (t *trial) Context() context.Context { return t.ctx }

// prove runs a rule, if the driver has what it needs.
func (t *trial) prove(g group, r rule) {
	for _, needed := range []Capability{g.needs, r.needs} {
		if needed == "" || needed.has(t.driver) {
			continue
		}
		if slices.Contains(t.config.Want, needed) {
			t.Fatalf("the driver is no driver.%s", needed)
		}
		t.Skipf("the driver is no driver.%s", needed)
	}
	r.prove(t)
}

// open opens a driver, whose owner's instances are destroyed after the test.
func (t *trial) open(owner string) driver.Driver {
	t.Helper()
	d := t.config.New(t.T, owner)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), t.config.Patience)
		defer cancel()
		empty(ctx, t, d)
	})
	return d
}

// lateContext is a context for what runs after the test's own has ended.
func (t *trial) lateContext() context.Context {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), t.config.Patience)
	t.Cleanup(cancel)
	return ctx
}

// empty destroys all that an owner has, by the simplest calls: what is tested may be in
// the others.
func empty(ctx context.Context, t *trial, d driver.Driver) {
	all, err := d.List(ctx, driver.Filter{})
	for _, i := range all {
		err = errors.Join(err, d.Destroy(ctx, i.ID, driver.DestroyOptions{Force: true}))
	}
	if left, listErr := d.List(ctx, driver.Filter{}); err != nil || listErr != nil || len(left) > 0 {
		t.Errorf("after the clean-up there are %d instances left (%v)", len(left), errors.Join(err, listErr))
	}
	if NetworkManager.has(d) {
		networks, err := driver.Networks(ctx, d)
		for _, n := range networks {
			err = errors.Join(err, driver.DestroyNetwork(ctx, d, n.Spec.ID))
		}
		if err != nil {
			t.Errorf("the clean-up of networks after the test: %v", err)
		}
	}
	if VolumeManager.has(d) {
		volumes, err := driver.Volumes(ctx, d)
		for _, v := range volumes {
			err = errors.Join(err, driver.DestroyVolume(ctx, d, v.Name))
		}
		if err != nil {
			t.Errorf("the clean-up of volumes after the test: %v", err)
		}
	}
}

// again opens another driver of the trial's owner, which knows nothing.
func (t *trial) again() driver.Driver {
	t.Helper()
	return t.open(t.owner)
}

// other opens a driver of another owner.
func (t *trial) other() driver.Driver {
	t.Helper()
	return t.open(t.owner + "-other")
}

// spec is a small instance that runs a command.
func (t *trial) spec(id string, command []string) driver.Spec {
	t.Helper()
	if command == nil {
		t.Skip("the workload has no command for this")
	}
	return driver.Spec{ID: id, Image: t.config.Workload.Image, Command: command}
}

// server is the spec of an instance that runs until it is stopped, with code 0.
func (t *trial) server(id string) driver.Spec {
	t.Helper()
	return t.spec(id, t.config.Workload.Serve("SIGTERM", 0))
}

// create creates an instance.
func (t *trial) create(spec driver.Spec) driver.Instance {
	t.Helper()
	i, err := t.driver.Create(t.Context(), spec)
	t.must(err)
	return i
}

// start starts an instance.
func (t *trial) start(id string) {
	t.Helper()
	t.must(t.driver.Start(t.Context(), id))
}

// run creates and starts an instance, and returns when it is ready.
func (t *trial) run(spec driver.Spec) driver.Instance {
	t.Helper()
	t.create(spec)
	t.start(spec.ID)
	t.await(spec.ID, ready)
	return t.inspect(spec.ID)
}

// serve runs a server.
func (t *trial) serve(id string) driver.Instance {
	t.Helper()
	return t.run(t.server(id))
}

// await waits until an instance has printed a line. Where the driver reads no
// logs it gives the instance a second.
func (t *trial) await(id, line string) {
	t.Helper()
	if !LogReader.has(t.driver) {
		t.pause(time.Second)
		return
	}
	for l, err := range driver.Logs(t.Context(), t.driver, id, driver.LogOptions{Follow: true}) {
		t.must(err)
		if l.Text == line {
			return
		}
	}
	t.Fatalf("the instance %s ended and did not print %q", id, line)
}

// inspect returns an instance.
func (t *trial) inspect(id string) driver.Instance {
	t.Helper()
	i, err := t.driver.Inspect(t.Context(), id)
	t.must(err)
	return i
}

// stop stops an instance.
func (t *trial) stop(id string, opts driver.StopOptions) {
	t.Helper()
	t.must(t.driver.Stop(t.Context(), id, opts))
}

// ended waits until an instance's command has ended.
func (t *trial) ended(id string) driver.Exit {
	t.Helper()
	exit, err := driver.Wait(t.Context(), t.driver, id)
	t.must(err)
	return exit
}

// lines returns what an instance has printed, without the cursors, which say where a
// line is and may depend on how it was come to.
func (t *trial) lines(id string, opts driver.LogOptions) []driver.LogLine {
	t.Helper()
	lines := t.cursors(t.driver, id, opts)
	for n := range lines {
		lines[n].Cursor = ""
	}
	return lines
}

// cursors returns what an instance has printed, with the cursors.
func (t *trial) cursors(d driver.Driver, id string, opts driver.LogOptions) []driver.LogLine {
	t.Helper()
	var lines []driver.LogLine
	for l, err := range driver.Logs(t.Context(), d, id, opts) {
		t.must(err)
		lines = append(lines, l)
	}
	return lines
}

// pause lets time pass.
func (t *trial) pause(d time.Duration) {
	select {
	case <-time.After(d):
	case <-t.Context().Done():
	}
}
