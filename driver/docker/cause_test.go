package docker_test

import (
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/driver/docker"
	"github.com/dockerhv/dockerhv/internal/enginetest"
	"github.com/dockerhv/dockerhv/template"
)

// ending is one way in which a run ends.
type ending struct {
	cause driver.ExitCause
	// before is what a driver tells that was opened after, of the same exit.
	before driver.ExitCause
	code   int
	spec   func(*driver.Spec)
	end    func(t *testing.T, d *docker.Driver, hostID string)
}

// shell replaces a spec's command.
func shell(line string) func(*driver.Spec) {
	return func(s *driver.Spec) { s.Command = []string{"sh", "-c", line} }
}

func stopWith(opts driver.StopOptions) func(*testing.T, *docker.Driver, string) {
	return func(t *testing.T, d *docker.Driver, _ string) {
		t.Helper()
		if err := d.Stop(t.Context(), "i1", opts); err != nil {
			t.Fatal(err)
		}
	}
}

// outside does what the engine's other clients can do.
func outside(call string) func(*testing.T, *docker.Driver, string) {
	return func(t *testing.T, _ *docker.Driver, hostID string) {
		t.Helper()
		if status := callEngine(t, http.MethodPost, "/containers/"+hostID+call, ""); status != http.StatusNoContent {
			t.Fatalf("%s: status %d", call, status)
		}
	}
}

// endings are all ways that one engine can be brought to without a crash; for that see
// TestExitLost.
func endings() map[string]ending {
	stubborn := shell("trap '' TERM; echo ready; while :; do sleep 0.1; done")
	return map[string]ending{
		"by itself":                {cause: driver.ExitNormal, spec: shell("exit 0")},
		"by itself with 3":         {cause: driver.ExitNormal, code: 3, spec: shell("sleep 0.3; exit 3")},
		"by itself with 255":       {cause: driver.ExitNormal, code: 255, spec: shell("exit 255")},
		"by itself with 143":       {cause: driver.ExitNormal, code: 143, spec: shell("exit 143")},
		"its own fault":            {cause: driver.ExitNormal, code: 139, spec: shell("sh -c 'kill -SEGV $$'; exit $?")},
		"before a stop":            {cause: driver.ExitNormal, code: 4, spec: shell("exit 4"), end: stopLater},
		"a message, and then":      {cause: driver.ExitNormal, code: 5, spec: shell("trap 'sleep 0.3; exit 5' HUP; echo ready; while :; do sleep 0.1; done"), end: signalWith("SIGHUP")},
		"a signal of ours":         {cause: driver.ExitNormal, before: driver.ExitStopped, code: 0, end: signalWith("TERM")},
		"out of memory":            {cause: driver.ExitOOM, code: 137, spec: greed("")},
		"out of memory of a child": {cause: driver.ExitOOM, code: 9, spec: greed("child")},
		"stopped":                  {cause: driver.ExitStopped, end: stopWith(driver.StopOptions{})},
		"stopped by the spec's signal": {
			cause: driver.ExitStopped, code: 6, end: stopWith(driver.StopOptions{}),
			spec: func(s *driver.Spec) {
				shell("trap 'exit 6' INT; echo ready; while :; do sleep 0.1; done")(s)
				s.StopSignal = "SIGINT"
			},
		},
		"killed after the grace":      {cause: driver.ExitKilled, code: 137, spec: stubborn, end: stopWith(driver.StopOptions{Grace: time.Second})},
		"killed at once":              {cause: driver.ExitKilled, code: 137, spec: stubborn, end: stopWith(driver.StopOptions{Grace: -1})},
		"killed by a signal":          {cause: driver.ExitKilled, code: 137, spec: stubborn, end: signalWith("9")},
		"unhealthy":                   {cause: driver.ExitUnhealthy, before: driver.ExitStopped, end: stopWith(driver.StopOptions{Unhealthy: true})},
		"unhealthy and stubborn":      {cause: driver.ExitUnhealthy, before: driver.ExitKilled, code: 137, spec: stubborn, end: stopWith(driver.StopOptions{Unhealthy: true, Grace: time.Second})},
		"killed through the engine":   {cause: driver.ExitExternal, before: driver.ExitKilled, code: 137, end: outside("/kill")},
		"stopped through the engine":  {cause: driver.ExitExternal, before: driver.ExitStopped, end: outside("/stop")},
		"killed by the host":          {cause: driver.ExitExternal, code: 137, end: killPID},
		"can't be started":            {cause: driver.ExitStartFailed, code: 127, spec: func(s *driver.Spec) { s.Command = []string{"nonsense"} }},
		"out of memory, then stopped": {cause: driver.ExitKilled, code: 137, spec: greed("survivor"), end: stopWith(driver.StopOptions{Grace: -1})},
	}
}

func stopLater(t *testing.T, d *docker.Driver, id string) {
	t.Helper()
	if _, err := open(t, "causes").Wait(t.Context(), "i1"); err != nil { // so that d knows of nothing
		t.Fatal(err)
	}
	stopWith(driver.StopOptions{})(t, d, id)
}

func signalWith(signal string) func(*testing.T, *docker.Driver, string) {
	return func(t *testing.T, d *docker.Driver, _ string) {
		t.Helper()
		if err := d.Signal(t.Context(), "i1", signal); err != nil {
			t.Fatal(err)
		}
	}
}

// greed takes all memory: the command itself, a child without which it gives up, or
// one that it survives.
func greed(who string) func(*driver.Spec) {
	const eat = "x=0123456789abcdef; while :; do x=$x$x; done"
	return func(s *driver.Spec) {
		s.Resources.Memory = 16 << 20
		switch who {
		case "child":
			shell("sleep 0.3; sh -c '" + eat + "'; exit 9")(s)
		case "survivor":
			shell("sleep 0.3; sh -c '" + eat + "'; echo ready; while :; do sleep 0.1; done")(s)
		default:
			shell("sleep 0.3; " + eat)(s)
		}
	}
}

// killPID kills an instance's command from outside of everything.
func killPID(t *testing.T, _ *docker.Driver, hostID string) {
	t.Helper()
	killWhere(t, func(proc string) bool { return inGroup(proc, hostID) })
}

// 14, 15, 84: why a run ended, told by whoever saw it through events, by whoever only
// looks afterwards, and by a driver that is opened later.
func TestExitCauses(t *testing.T) {
	d := open(t, "causes")
	image := busybox(t, d)
	for name, e := range endings() {
		for _, listen := range []bool{false, true} {
			if listen {
				name += ", with events"
			}
			t.Run(name, func(t *testing.T) { e.prove(t, image, listen) })
		}
	}
}

func (e ending) prove(t *testing.T, image template.Image, listen bool) {
	d := open(t, "causes")
	var events *record
	if listen {
		events = watch(t, d)
	}
	spec := sleeper("i1", image)
	if e.spec != nil {
		e.spec(&spec)
	}
	hostID := create(t, d, spec).HostID
	if err := d.Start(t.Context(), "i1"); (err != nil) != (e.cause == driver.ExitStartFailed) {
		t.Fatal(err)
	}
	if slices.Contains([]int{0, 5, 6, 137}, e.code) && e.end != nil {
		waitForLine(t, d, "i1", "ready")
	}
	if e.end != nil {
		e.end(t, d, hostID)
	}
	want := driver.Exit{Code: e.code, Signal: driver.SignalOf(e.code), Cause: e.cause, OOM: e.cause == driver.ExitOOM}
	exit, err := d.Wait(t.Context(), "i1")
	wantExit(t, "Wait", want, exit, err)
	i, err := d.Inspect(t.Context(), "i1")
	if err != nil || i.Exit == nil {
		t.Fatal(err)
	}
	wantExit(t, "Inspect", want, *i.Exit, nil)
	if e.before != "" {
		want.Cause = e.before
	}
	exit, err = open(t, "causes").Wait(t.Context(), "i1")
	wantExit(t, "a later driver", want, exit, err)
	if listen && e.cause != driver.ExitStartFailed {
		events.untilExit(t, e.cause)
	}
}

func wantExit(t *testing.T, who string, want, got driver.Exit, err error) {
	t.Helper()
	got.Time, got.Error = time.Time{}, ""
	if err != nil || got != want {
		t.Errorf("%s: %+v, %v; want %+v", who, got, err, want)
	}
}

// untilExit waits for an exit of that cause.
func (r *record) untilExit(t *testing.T, want driver.ExitCause) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		r.mu.Lock()
		at := slices.IndexFunc(r.events, func(e driver.Event) bool { return e.Type == driver.EventExited })
		var got driver.ExitCause
		if at >= 0 {
			got = r.events[at].Cause
		}
		r.mu.Unlock()
		if got == want {
			return
		}
		if at >= 0 || time.Now().After(deadline) {
			t.Errorf("the event's cause is %q, want %q", got, want)
			return
		}
	}
}

// 15: what an engine has lost, in a crash of the host, it can't tell anything of.
func TestExitLost(t *testing.T) {
	e, d, image := private(t, nil)
	spec := sleeper("lost", image)
	i, err := d.Create(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	start(t, d, spec.ID)
	crash(t, e, i.HostID)
	if exit, err := d.Wait(t.Context(), spec.ID); err != nil || exit.Cause != driver.ExitLost {
		t.Errorf("%+v, %v", exit, err)
	}
	start(t, d, spec.ID)
}

// crash does to an engine's host what a loss of power does: all ends, and what was
// kept in memory is gone. Then the engine is started again.
func crash(t *testing.T, e *enginetest.Engine, hostID string) {
	t.Helper()
	e.Kill()
	dir := filepath.Dir(strings.TrimPrefix(e.Endpoint(), "unix://"))
	killWhere(t, func(proc string) bool {
		command, _ := os.ReadFile(proc + "/cmdline")
		return strings.Contains(string(command), dir+"/x/containerd/")
	})
	killWhere(t, func(proc string) bool { return inGroup(proc, hostID) })
	if err := errors.Join(os.RemoveAll(dir+"/x/containerd/daemon"), os.RemoveAll(dir+"/x/runtime-runc")); err != nil {
		t.Fatal(err)
	}
	if err := e.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// killWhere kills the processes of this machine for which something holds.
func killWhere(t *testing.T, holds func(proc string) bool) {
	t.Helper()
	processes, _ := filepath.Glob("/proc/[0-9]*")
	killed := 0
	for _, proc := range processes {
		pid, _ := strconv.Atoi(filepath.Base(proc))
		if pid > 1 && holds(proc) && syscall.Kill(pid, syscall.SIGKILL) == nil {
			killed++
		}
	}
	if killed == 0 {
		t.Fatal("there is no such process")
	}
}

// inGroup tells whether a process is in a container's control group.
func inGroup(proc, hostID string) bool {
	groups, _ := os.ReadFile(proc + "/cgroup")
	return strings.Contains(string(groups), hostID)
}
