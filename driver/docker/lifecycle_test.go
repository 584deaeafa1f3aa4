package docker_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/template"
)

func TestLifeOfAnInstance(t *testing.T) {
	d := open(t, "life")
	image := busybox(t, d)
	spec := sleeper("i-2-45-VM", image)
	spec.Name, spec.Hostname = "Web one", "web-one"
	spec.Labels = map[string]string{"zone": "z1"}
	spec.Env = map[string]string{"GREETING": "hello"}
	spec.Resources = driver.Resources{CPUs: 0.5, Memory: 32 << 20}

	created := create(t, d, spec)
	seen := inspect(t, d, spec.ID)
	if diff := cmp.Diff(created, seen, cmpopts.IgnoreFields(driver.Instance{}, "Created", "NICs"), cmpopts.EquateComparable()); diff != "" {
		t.Errorf("what Create returns is not what Inspect sees (-created +seen):\n%s", diff)
	}
	want := driver.Instance{
		ID: spec.ID, Name: spec.Name, Owner: "life", SpecHash: spec.Hash(), Labels: spec.Labels,
		Template: driver.Template{Format: template.Repository, Digest: image.Digest, Reference: image.Reference},
		Image:    image.ID, State: driver.Created, Resources: spec.Resources,
	}
	if diff := cmp.Diff(want, seen, cmpopts.IgnoreFields(driver.Instance{}, "Created", "NICs", "HostID"), cmpopts.EquateComparable()); diff != "" {
		t.Errorf("created (-want +got):\n%s", diff)
	}

	start(t, d, spec.ID)
	running := inspect(t, d, spec.ID)
	if running.State != driver.Running || !running.Address().IsValid() || running.Started.IsZero() || running.Exit != nil {
		t.Errorf("started: %+v", running)
	}

	if err := d.Restart(t.Context(), spec.ID, driver.StopOptions{}); err != nil {
		t.Fatal(err)
	}
	restarted := inspect(t, d, spec.ID)
	if restarted.State != driver.Running || !restarted.Started.After(running.Started) || restarted.HostID != running.HostID {
		t.Errorf("restarted: %+v, was %+v", restarted, running)
	}

	if err := d.Stop(t.Context(), spec.ID, driver.StopOptions{}); err != nil {
		t.Fatal(err)
	}
	stopped := inspect(t, d, spec.ID)
	if stopped.State != driver.Exited || stopped.Exit == nil || stopped.Exit.Code != 0 || stopped.Finished.Before(restarted.Started) {
		t.Errorf("stopped: %+v, exit %+v", stopped, stopped.Exit)
	}

	if err := d.Destroy(t.Context(), spec.ID, driver.DestroyOptions{}); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Inspect(t.Context(), spec.ID); !errors.Is(err, dockerhv.ErrNotFound) {
		t.Errorf("destroyed: %v", err)
	}
}

func TestEveryCallCanBeRepeated(t *testing.T) {
	d := open(t, "repeat")
	spec := sleeper("twice", busybox(t, d))
	first := create(t, d, spec)
	second, err := d.Create(t.Context(), spec)
	if err != nil || second.HostID != first.HostID {
		t.Fatalf("second Create: %v, %v; want the same instance %s", second.HostID, err, first.HostID)
	}
	for range 2 {
		start(t, d, spec.ID)
	}
	if again, err := d.Create(t.Context(), spec); err != nil || again.State != driver.Running {
		t.Errorf("Create of what runs: %+v, %v", again, err)
	}
	for range 2 {
		if err := d.Stop(t.Context(), spec.ID, driver.StopOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	start(t, d, spec.ID) // what was stopped can be started again
	for range 2 {
		if err := d.Destroy(t.Context(), spec.ID, driver.DestroyOptions{Force: true}); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.Stop(t.Context(), spec.ID, driver.StopOptions{}); err != nil {
		t.Errorf("Stop of what is absent: %v", err)
	}
}

func TestStopHonoursSignalAndGrace(t *testing.T) {
	d := open(t, "stop")
	image := busybox(t, d)
	for name, tc := range map[string]struct {
		trap   string
		signal string
		grace  time.Duration // the spec's
		opts   driver.StopOptions
		code   int
		least  time.Duration
	}{
		"the spec's signal":         {trap: "trap 'exit 7' INT", signal: "SIGINT", code: 7},
		"killed after the grace":    {trap: "trap '' TERM", grace: 1500 * time.Millisecond, code: 137, least: 2 * time.Second},
		"the call's grace wins":     {trap: "trap '' TERM", grace: time.Hour, opts: driver.StopOptions{Grace: 300 * time.Millisecond}, code: 137, least: time.Second},
		"negative means at once":    {trap: "trap '' TERM", grace: time.Hour, opts: driver.StopOptions{Grace: -1}, code: 137},
		"the default ends politely": {trap: "trap 'exit 3' TERM", code: 3},
	} {
		t.Run(name, func(t *testing.T) {
			spec := sleeper("stop", image)
			spec.Command = []string{"sh", "-c", tc.trap + "; echo ready; while :; do sleep 0.1; done"}
			spec.StopSignal, spec.StopGrace = tc.signal, tc.grace
			create(t, d, spec)
			start(t, d, spec.ID)
			waitForLine(t, d, spec.ID, "ready")
			begun := time.Now()
			if err := d.Stop(t.Context(), spec.ID, tc.opts); err != nil {
				t.Fatal(err)
			}
			took := time.Since(begun)
			if i := inspect(t, d, spec.ID); i.Exit == nil || i.Exit.Code != tc.code {
				t.Errorf("exit %+v; want code %d", i.Exit, tc.code)
			}
			if took < tc.least {
				t.Errorf("stopped after %v; the grace is %v", took, tc.least)
			}
		})
	}
}

// waitForLine follows the instance's output until it has printed a line.
func waitForLine(t *testing.T, d driver.Driver, id, want string) {
	t.Helper()
	for line, err := range driver.Logs(t.Context(), d, id, driver.LogOptions{Follow: true}) {
		if err != nil {
			t.Fatal(err)
		}
		if line.Text == want {
			return
		}
	}
	t.Fatalf("the instance ended without printing %q", want)
}

func TestDestroyRefusesWhatRuns(t *testing.T) {
	d := open(t, "refuse")
	spec := sleeper("busy", busybox(t, d))
	create(t, d, spec)
	start(t, d, spec.ID)
	wantError(t, d.Destroy(t.Context(), spec.ID, driver.DestroyOptions{}), dockerhv.ErrConflict)
	if i := inspect(t, d, spec.ID); i.State != driver.Running {
		t.Errorf("the refused call left it %s", i.State)
	}
}

func TestAbsentInstance(t *testing.T) {
	d := open(t, "absent")
	wantError(t, d.Start(t.Context(), "nobody"), dockerhv.ErrNotFound)
	wantError(t, d.Restart(t.Context(), "nobody", driver.StopOptions{}), dockerhv.ErrNotFound)
	_, err := d.Inspect(t.Context(), "nobody")
	wantError(t, err, dockerhv.ErrNotFound)
	_, err = driver.Wait(t.Context(), d, "nobody")
	wantError(t, err, dockerhv.ErrNotFound)
	for _, err := range driver.Logs(t.Context(), d, "nobody", driver.LogOptions{}) {
		wantError(t, err, dockerhv.ErrNotFound)
	}
}
