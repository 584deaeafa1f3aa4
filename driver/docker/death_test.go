package docker_test

import (
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/driver/docker"
	"github.com/dockerhv/dockerhv/internal/enginetest"
	"github.com/dockerhv/dockerhv/template"
	"github.com/dockerhv/dockerhv/template/tarfile"
)

// private starts an engine of the test's own, to be mistreated, with a driver and
// an image.
func private(t *testing.T, config map[string]any) (*enginetest.Engine, *docker.Driver, template.Image) {
	t.Helper()
	enginetest.Endpoint(t)
	e := startEngine(t, enginetest.Options{Config: config})
	d := openAt(t, driver.Endpoint{URL: e.Endpoint()}, docker.Options{Owner: "private"})
	return e, d, archived(t, d)
}

func startEngine(t *testing.T, options enginetest.Options) *enginetest.Engine {
	t.Helper()
	e, err := enginetest.Start(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

func openAt(t *testing.T, endpoint driver.Endpoint, options docker.Options) *docker.Driver {
	t.Helper()
	d, err := docker.Open(t.Context(), endpoint, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d
}

// archived installs a busybox image, which goes with the engine.
func archived(t *testing.T, d driver.Driver) template.Image {
	t.Helper()
	archive := t.TempDir() + "/busybox.tar"
	enginetest.SaveBusybox(t, archive, "busybox:1")
	image, err := tarfile.Source{Path: archive}.Install(t.Context(), d.Images(), template.InstallOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return image
}

// mortal is an engine that can be killed, hung and cut off, and two instances on it.
type mortal struct {
	*enginetest.Engine
	cable enginetest.Cable
	d     *docker.Driver // over the cable, with TLS
	image template.Image
	dir   string // which the instances see
}

func newMortal(t *testing.T, live bool) *mortal {
	t.Helper()
	enginetest.Endpoint(t)
	dir := t.TempDir()
	makePKI(t, dir)
	e := startEngine(t, enginetest.Options{
		Args: []string{"-H", "tcp://0.0.0.0:2376"},
		Config: map[string]any{
			"live-restore": live,
			"tlsverify":    true, "tlscacert": dir + "/ca.pem", "tlscert": dir + "/server.pem", "tlskey": dir + "/server-key.pem",
		},
	})
	m := &mortal{Engine: e, cable: enginetest.NewCable(t, e), dir: dir}
	m.d = openAt(t, driver.Endpoint{
		Name: "far", URL: "tcp://" + m.cable.Address() + ":2376",
		TLS: &driver.TLS{
			CAFile: dir + "/ca.pem", CertFile: dir + "/client.pem", KeyFile: dir + "/client-key.pem",
			ServerName: "127.0.0.1", // the certificate's
		},
	}, docker.Options{Owner: "mortal", Policy: driver.Policy{Paths: []string{dir}}})
	m.image = archived(t, m.d)
	docker.SetSilence(m.d, time.Second)
	return m
}

// run runs an instance that ends with code 7 when it is told to, or stopped.
func (m *mortal) run(t *testing.T, id string) {
	t.Helper()
	spec := sleeper(id, m.image)
	spec.Mounts = []driver.Mount{{Type: driver.MountBind, Source: m.dir, Target: "/told", ReadOnly: true}}
	spec.Command = []string{"sh", "-c", "trap 'exit 7' TERM; echo ready; until [ -e /told/" + id + " ]; do sleep 0.1; done; exit 7"}
	create(t, m.d, spec)
	start(t, m.d, id)
	waitForLine(t, m.d, id, "ready")
}

// end tells an instance to end.
func (m *mortal) end(t *testing.T, id string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(m.dir, id), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Remove(filepath.Join(m.dir, id)) })
}

// pid asks the engine for an instance's process.
func (m *mortal) pid(t *testing.T, id string) int {
	t.Helper()
	var c struct{ State struct{ Pid int } }
	if status := callInto(t, m.Endpoint(), http.MethodGet, "/containers/mortal."+id+"/json", "", &c); status != http.StatusOK {
		t.Fatalf("inspect %s: status %d", id, status)
	}
	return c.State.Pid
}

// kill kills the engine and starts it again.
func (m *mortal) kill(t *testing.T) (mend func()) {
	t.Helper()
	m.Kill()
	return func() {
		if err := m.Restart(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

// hang stops the engine's process and lets it go on.
func (m *mortal) hang(t *testing.T) (mend func()) {
	t.Helper()
	send := func(signal os.Signal) {
		if err := m.Signal(signal); err != nil {
			t.Fatal(err)
		}
	}
	send(syscall.SIGSTOP)
	return func() { send(syscall.SIGCONT) }
}

// 44, 46, 47, and pitfalls 11 to 14: whatever takes the engine away, it is told once
// and is no exit. What ended meanwhile is told with its code and time, though its
// event was never sent; what did not goes on, and so does the stream.
func TestEngineIsAway(t *testing.T) {
	m := newMortal(t, true)
	for _, tc := range []struct {
		name string
		away func(*testing.T) (mend func())
	}{
		{"killed, with live-restore", m.kill},
		{"hung", m.hang},
		{"behind a firewall that drops", func(t *testing.T) func() { return m.cable.Drop(t) }},
		{"behind a firewall that rejects", func(t *testing.T) func() { return m.cable.Reject(t) }},
		{"unplugged", func(t *testing.T) func() { return m.cable.Unplug(t) }},
	} {
		t.Run(tc.name, func(t *testing.T) { m.isAway(t, tc.away) })
	}
}

func (m *mortal) isAway(t *testing.T, away func(*testing.T) (mend func())) {
	m.run(t, "stays")
	m.run(t, "ends")
	before, pid := inspect(t, m.d, "stays"), m.pid(t, "stays")
	r := watch(t, m.d)
	r.until(t, "snapshot stays running")
	stays, ends := waitInBackground(t, m.d, "stays"), waitInBackground(t, m.d, "ends")

	mend := away(t)
	r.untilAway(t)
	m.end(t, "ends")
	time.Sleep(time.Second) // until it has ended, which nobody can see
	mended := time.Now()
	mend()
	r.until(t, "gap  ")
	r.until(t, "exited ends exited 7")
	exit := result(t, ends)
	if i := inspect(t, m.d, "ends"); exit.Code != 7 || exit.Time.IsZero() || *i.Exit != exit || exit.Time.After(mended.Add(time.Second)) {
		t.Errorf("the exit is %+v, and %+v to those who ask", exit, i.Exit)
	}
	r.once(t, "exited ends exited 7", exit.Time)

	after := inspect(t, m.d, "stays")
	if got := m.pid(t, "stays"); got != pid || !after.Started.Equal(before.Started) || after.State != driver.Running {
		t.Errorf("it ran as %d since %v, and now it is %s as %d since %v", pid, before.Started, after.State, got, after.Started)
	}
	select {
	case exit := <-stays:
		t.Errorf("a wait ended although the instance runs: %+v", exit)
	default:
	}
	if err := m.d.Stop(t.Context(), "stays", driver.StopOptions{}); err != nil {
		t.Fatal(err)
	}
	r.until(t, "exited stays exited 7")
	if exit := result(t, stays); exit.Code != 7 {
		t.Errorf("after all the exit is %+v", exit)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.errs) != 1 || !errors.Is(r.errs[0], dockerhv.ErrUnavailable) {
		t.Errorf("told %d times that the host is away: %v; want once", len(r.errs), r.errs)
	}
}

// 45: without live-restore the engine that is started again ends what ran, and the
// real exit of each instance is told; of one that is restarted, that too.
func TestEngineIsKilledWithoutLiveRestore(t *testing.T) {
	m := newMortal(t, false)
	m.run(t, "one")
	m.run(t, "two")
	again := sleeper("again", m.image)
	again.Restart = driver.Restart{Policy: driver.RestartAlways}
	create(t, m.d, again)
	start(t, m.d, again.ID)
	waitForLine(t, m.d, again.ID, "ready")
	pid := m.pid(t, again.ID)
	r := watch(t, m.d)
	r.until(t, "snapshot again running")
	waits := []<-chan driver.Exit{waitInBackground(t, m.d, "one"), waitInBackground(t, m.d, "two")}
	m.Kill()
	_, err := m.d.Inspect(t.Context(), "one")
	wantError(t, err, dockerhv.ErrUnavailable)
	killed := time.Now()
	if err := m.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	for n, id := range []string{"one", "two"} {
		r.until(t, "exited "+id+" exited 7")
		exit, i := result(t, waits[n]), inspect(t, m.d, id)
		if exit.Code != 7 || i.State != driver.Exited || *i.Exit != exit || exit.Time.Before(killed) {
			t.Errorf("%s: the exit is %+v, and %+v to those who ask", id, exit, i.Exit)
		}
		r.once(t, "exited "+id+" exited 7", exit.Time)
	}
	for deadline := time.Now().Add(30 * time.Second); inspect(t, m.d, again.ID).State != driver.Running; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it is not restarted")
		}
	}
	if got := m.pid(t, again.ID); got == pid {
		t.Errorf("it runs on as %d", got)
	}
	if len(r.errs) != 1 {
		t.Errorf("told %d times that the host is away: %v; want once", len(r.errs), r.errs)
	}
}

// untilAway waits until the reader is told that the host is away.
func (r *record) untilAway(t *testing.T) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		r.mu.Lock()
		told := len(r.errs) > 0
		r.mu.Unlock()
		if told {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("nobody told that the host is away")
		}
	}
}

// once asserts that an event was told once, and is of a time.
func (r *record) once(t *testing.T, event string, at time.Time) {
	t.Helper()
	all := r.brief()
	r.mu.Lock()
	defer r.mu.Unlock()
	n := slices.Index(all, event)
	if n < 0 || slices.Contains(all[n+1:], event) {
		t.Fatalf("%q is not once among\n%q", event, all)
	}
	// The event's time is that of the engine's notice, the exit's that of the end.
	if d := r.events[n].Time.Sub(at); d < -time.Second || d > 30*time.Second {
		t.Errorf("%q is of %v, want about %v", event, r.events[n].Time, at)
	}
}

// waitInBackground waits for an instance's exit. One that asks for the first time
// while the engine is away is refused, and asks again.
func waitInBackground(t *testing.T, d driver.Driver, id string) <-chan driver.Exit {
	t.Helper()
	exits := make(chan driver.Exit, 1)
	go func() {
		exit, err := driver.Wait(t.Context(), d, id)
		for errors.Is(err, dockerhv.ErrUnavailable) {
			time.Sleep(100 * time.Millisecond)
			exit, err = driver.Wait(t.Context(), d, id)
		}
		if err == nil {
			exits <- exit
		} else if t.Context().Err() == nil {
			t.Errorf("wait for %s: %v", id, err)
		}
	}()
	return exits
}

func result(t *testing.T, exits <-chan driver.Exit) driver.Exit {
	t.Helper()
	select {
	case exit := <-exits:
		return exit
	case <-time.After(30 * time.Second):
		t.Fatal("nobody told the wait of the exit")
	}
	return driver.Exit{}
}
