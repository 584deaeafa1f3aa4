package docker_test

import (
	"bytes"
	"errors"
	"net/http"
	"testing"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/internal/enginetest"
)

func TestPause(t *testing.T) {
	d := open(t, "pause")
	spec := sleeper("pause", busybox(t, d))
	create(t, d, spec)
	wantError(t, driver.Pause(t.Context(), d, spec.ID), dockerhv.ErrConflict) // it is at rest
	wantError(t, driver.Unpause(t.Context(), d, spec.ID), dockerhv.ErrConflict)
	start(t, d, spec.ID)
	for range 2 {
		if err := driver.Pause(t.Context(), d, spec.ID); err != nil {
			t.Fatal(err)
		}
	}
	if i := inspect(t, d, spec.ID); i.State != driver.Paused || !i.State.Active() {
		t.Errorf("paused: %s", i.State)
	}
	for range 2 {
		if err := driver.Unpause(t.Context(), d, spec.ID); err != nil {
			t.Fatal(err)
		}
	}
	if i := inspect(t, d, spec.ID); i.State != driver.Running {
		t.Errorf("unpaused: %s", i.State)
	}
	if err := driver.Pause(t.Context(), d, spec.ID); err != nil {
		t.Fatal(err)
	}
	if err := d.Stop(t.Context(), spec.ID, driver.StopOptions{}); err != nil { // 23: Stop works on what is paused
		t.Fatal(err)
	}
	if i := inspect(t, d, spec.ID); i.State != driver.Exited {
		t.Errorf("stopped while paused: %s", i.State)
	}
	wantError(t, driver.Pause(t.Context(), d, "nobody"), dockerhv.ErrNotFound)
}

func TestSignal(t *testing.T) {
	d := open(t, "signal")
	spec := sleeper("signal", busybox(t, d))
	spec.Command = []string{"sh", "-c", "trap 'echo got HUP' HUP; trap 'exit 4' USR1; echo ready; while :; do sleep 0.1; done"}
	create(t, d, spec)
	wantError(t, driver.Signal(t.Context(), d, spec.ID, "SIGHUP"), dockerhv.ErrConflict)
	start(t, d, spec.ID)
	waitForLine(t, d, spec.ID, "ready")
	for _, bad := range []string{"", "nonsense!", "SIGNONSENSE"} {
		wantError(t, driver.Signal(t.Context(), d, spec.ID, bad), dockerhv.ErrInvalid)
	}
	if err := driver.Signal(t.Context(), d, spec.ID, "HUP"); err != nil {
		t.Fatal(err)
	}
	waitForLine(t, d, spec.ID, "got HUP")
	if err := driver.Signal(t.Context(), d, spec.ID, "SIGUSR1"); err != nil {
		t.Fatal(err)
	}
	if exit, err := driver.Wait(t.Context(), d, spec.ID); err != nil || exit.Code != 4 {
		t.Errorf("exit %+v, %v", exit, err)
	}
	wantError(t, driver.Signal(t.Context(), d, spec.ID, "SIGHUP"), dockerhv.ErrConflict)
}

// 25: new bounds are in force at once, and the instance stays what it is.
func TestResize(t *testing.T) {
	d := open(t, "resize")
	spec := sleeper("resize", busybox(t, d))
	spec.Resources = driver.Resources{CPUs: 0.5, Memory: 32 << 20}
	created := create(t, d, spec)
	start(t, d, spec.ID)
	if err := driver.Resize(t.Context(), d, spec.ID, driver.Resources{CPUs: 1, Memory: 64 << 20}); err != nil {
		t.Fatal(err)
	}
	i := inspect(t, d, spec.ID)
	if i.Resources != (driver.Resources{CPUs: 1, Memory: 64 << 20}) || i.HostID != created.HostID || i.State != driver.Running || i.SpecHash != spec.Hash() {
		t.Errorf("resized: %+v", i)
	}
	if err := driver.Resize(t.Context(), d, spec.ID, driver.Resources{CPUs: 0.25}); err != nil {
		t.Fatal(err)
	}
	if i := inspect(t, d, spec.ID); i.Resources != (driver.Resources{CPUs: 0.25, Memory: 64 << 20}) {
		t.Errorf("a zero bound did not stay: %+v", i.Resources)
	}
	wantError(t, driver.Resize(t.Context(), d, spec.ID, driver.Resources{CPUs: 4096}), dockerhv.ErrInvalid)
	wantError(t, driver.Resize(t.Context(), d, "nobody", driver.Resources{CPUs: 1}), dockerhv.ErrNotFound)
}

// An engine that contradicts itself about what is paused, as 20.10 does when containerd's
// word comes late, is asked again.
func TestPauseOfWhatTheEngineMistakes(t *testing.T) {
	proxy, d, image := faulty(t, "mistaken")
	start(t, d, create(t, d, sleeper("mistaken", image)).ID)
	says := func(is, then string) enginetest.Fault {
		return enginetest.Rewrite(func(body []byte) []byte { return bytes.ReplaceAll(body, []byte(is), []byte(then)) })
	}
	proxy.On("GET /containers/*/json", 0, says(`"Status":"running"`, `"Status":"paused"`))
	if err := d.Unpause(t.Context(), "mistaken"); err != nil {
		t.Error(err)
	}
	if err := d.Pause(t.Context(), "mistaken"); err != nil {
		t.Fatal(err)
	}
	proxy.On("GET /containers/*/json", 0, says(`"Status":"paused"`, `"Status":"running"`))
	if err := d.Pause(t.Context(), "mistaken"); err != nil {
		t.Error(err)
	}
	proxy.On("POST /containers/*/unpause", 0, enginetest.Say(http.StatusInternalServerError,
		"Cannot unpause container mistaken: cannot resume a running process: unknown"))
	if err := errors.Join(d.Unpause(t.Context(), "mistaken"), d.Pause(t.Context(), "mistaken")); err != nil {
		t.Error(err)
	}
	if n := proxy.Pending(); n != 0 {
		t.Errorf("%d answers were not rewritten; the calls were %q", n, proxy.Calls())
	}
	if i := inspect(t, d, "mistaken"); i.State != driver.Paused {
		t.Errorf("the instance is %s", i.State)
	}
}
