package docker_test

import (
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/driver/docker"
	"github.com/dockerhv/dockerhv/internal/enginetest"
	"github.com/dockerhv/dockerhv/template"
)

// impatient opens the test's engine through a fault proxy, with a small kill budget.
func impatient(t *testing.T, owner string) (*enginetest.Proxy, *docker.Driver, template.Image) {
	t.Helper()
	image := busybox(t, open(t, owner))
	proxy := enginetest.NewProxy(t, enginetest.Endpoint(t))
	d, err := docker.Open(t.Context(), driver.Endpoint{URL: proxy.Endpoint()}, docker.Options{Owner: owner, KillBudget: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return proxy, d, image
}

// never is an answer that does not come.
func never() enginetest.Fault { return enginetest.Delay(time.Hour) }

// wantUnkillable asserts an error that names the process.
func wantUnkillable(t *testing.T, err error) {
	t.Helper()
	wantError(t, err, dockerhv.ErrFailed)
	e, ok := errors.AsType[*driver.UnkillableError](err)
	if !ok || e.PID == 0 || !strings.Contains(err.Error(), strconv.Itoa(e.PID)) {
		t.Errorf("%v is no UnkillableError that names the process", err)
	}
}

// 7: a kill of which the engine never tells: Stop, Restart and Destroy by force say so,
// name the process, leave the instance, and complete when they are called again.
func TestUnkillable(t *testing.T) {
	proxy, d, image := impatient(t, "unkillable")
	for name, tc := range map[string]struct {
		call string
		kill bool // it is killed once more
		do   func() error
	}{
		"stop":    {"POST /containers/*/stop", true, func() error { return d.Stop(t.Context(), "i1", driver.StopOptions{Grace: time.Second}) }},
		"restart": {"POST /containers/*/restart", true, func() error { return d.Restart(t.Context(), "i1", driver.StopOptions{Grace: -1}) }},
		"destroy": {"DELETE /containers/*", false, func() error { return d.Destroy(t.Context(), "i1", driver.DestroyOptions{Force: true}) }},
	} {
		t.Run(name, func(t *testing.T) {
			create(t, d, sleeper("i1", image))
			start(t, d, "i1")
			before := inspect(t, d, "i1")
			proxy.On(tc.call, 0, never())
			if tc.kill {
				proxy.On("POST /containers/*/kill", 0, never())
			}
			begun := time.Now()
			wantUnkillable(t, tc.do())
			if took := time.Since(begun); took > 20*time.Second {
				t.Errorf("it took %v", took)
			}
			if i := inspect(t, d, "i1"); i.State != driver.Running || !i.Started.Equal(before.Started) {
				t.Errorf("the instance is %+v, was %+v", i, before)
			}
			if proxy.Pending() != 0 {
				t.Error("not all calls were made")
			}
			if err := tc.do(); err != nil {
				t.Error(err)
			}
		})
	}
}

// 7: where only the answer was lost, the second kill shows that all is well. The grace
// of the spec is waited for, although no call names it.
func TestLateStopEscalates(t *testing.T) {
	proxy, d, image := impatient(t, "escalate")
	spec := sleeper("i1", image)
	spec.StopGrace = 3 * time.Second
	create(t, d, spec)
	start(t, d, "i1")
	proxy.On("POST /containers/*/stop", 0, never())
	begun := time.Now()
	if err := d.Stop(t.Context(), "i1", driver.StopOptions{}); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(begun); took < 4*time.Second {
		t.Errorf("it was killed after %v, which is less than the grace and the budget", took)
	}
	if i := inspect(t, d, "i1"); i.State != driver.Exited || i.Exit.Cause != driver.ExitKilled {
		t.Errorf("%s, %+v", i.State, i.Exit)
	}

	start(t, d, "i1")
	proxy.On("POST /containers/*/restart", 0, never())
	if err := d.Restart(t.Context(), "i1", driver.StopOptions{Grace: -1}); err != nil {
		t.Fatal(err)
	}
	if i := inspect(t, d, "i1"); i.State != driver.Running {
		t.Errorf("restarted: %s", i.State)
	}
}

// 7: the real thing: the process that would tell the engine of the end is frozen.
func TestStopOfWhatHangs(t *testing.T) {
	image := busybox(t, open(t, "hangs"))
	d, err := docker.Open(t.Context(), driver.Endpoint{URL: enginetest.Endpoint(t)}, docker.Options{Owner: "hangs", KillBudget: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	hostID := create(t, d, sleeper("i1", image)).HostID
	start(t, d, "i1")
	thaw := freezeShim(t, hostID)
	for name, err := range map[string]error{
		"stop":    d.Stop(t.Context(), "i1", driver.StopOptions{Grace: -1}),
		"destroy": d.Destroy(t.Context(), "i1", driver.DestroyOptions{Force: true}),
	} {
		wantError(t, err, dockerhv.ErrFailed)
		if _, ok := errors.AsType[*driver.UnkillableError](err); !ok {
			t.Errorf("%s: %v is no UnkillableError", name, err)
		}
	}
	thaw()
	if err := d.Destroy(t.Context(), "i1", driver.DestroyOptions{Force: true}); err != nil {
		t.Error(err)
	}
}

// A removal that somebody else has begun, and that comes to nothing, is done all the same.
func TestDestroyOfWhatOthersGiveUp(t *testing.T) {
	proxy, d, image := faulty(t, "given-up")
	for name, running := range map[string]bool{"running": true, "at rest": false} {
		spec := sleeper("i1", image)
		create(t, d, spec)
		if running {
			start(t, d, "i1")
		}
		for range 2 {
			proxy.On("DELETE /containers/*", 0, enginetest.Say(http.StatusConflict, "removal of container i1 is already in progress"))
		}
		if err := d.Destroy(t.Context(), "i1", driver.DestroyOptions{Force: running}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		_, err := d.Inspect(t.Context(), "i1")
		wantError(t, err, dockerhv.ErrNotFound)
	}
	create(t, d, sleeper("i1", image))
	for range 3 {
		proxy.On("DELETE /containers/*", 0, enginetest.Say(http.StatusConflict, "for no reason that can be seen"))
	}
	wantError(t, d.Destroy(t.Context(), "i1", driver.DestroyOptions{}), dockerhv.ErrConflict)
	if n := proxy.Pending(); n != 0 {
		t.Errorf("%d refusals did not come; the calls were %q", n, proxy.Calls())
	}
}

// freezeShim stops the process between the engine and a container's.
func freezeShim(t *testing.T, hostID string) (thaw func()) {
	t.Helper()
	processes, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, file := range processes {
		command, _ := os.ReadFile(file)
		if !strings.Contains(string(command), "containerd-shim") || !strings.Contains(string(command), hostID) {
			continue
		}
		pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(file)))
		if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
			t.Fatal(err)
		}
		thaw := func() { _ = syscall.Kill(pid, syscall.SIGCONT) }
		t.Cleanup(thaw)
		return thaw
	}
	t.Fatal("the container has no shim")
	return nil
}

// 10: a removal that fails leaves the instance known, to this driver and to one that
// is opened later, and a later one finishes it.
func TestDestroyFails(t *testing.T) {
	proxy, d, image := impatient(t, "notyet")
	for name, fault := range map[string]enginetest.Fault{
		"the engine says 500":   enginetest.Answer(http.StatusInternalServerError),
		"the request is lost":   enginetest.LoseRequest(),
		"the engine is refused": enginetest.Answer(http.StatusForbidden),
	} {
		t.Run(name, func(t *testing.T) {
			create(t, d, sleeper("i1", image))
			proxy.On("DELETE /containers/*", 0, fault)
			if err := d.Destroy(t.Context(), "i1", driver.DestroyOptions{}); err == nil {
				t.Fatal("no error")
			}
			for _, d := range []*docker.Driver{d, open(t, "notyet")} {
				if i := inspect(t, d, "i1"); i.State != driver.Created {
					t.Errorf("the instance is %s", i.State)
				}
			}
			if err := d.Destroy(t.Context(), "i1", driver.DestroyOptions{}); err != nil {
				t.Fatal(err)
			}
			_, err := d.Inspect(t.Context(), "i1")
			wantError(t, err, dockerhv.ErrNotFound)
		})
	}
}
