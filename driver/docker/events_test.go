package docker_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/driver/docker"
	"github.com/dockerhv/dockerhv/internal/enginetest"
	"github.com/dockerhv/dockerhv/template"
	"github.com/dockerhv/dockerhv/template/tarfile"
)

// record reads a driver's events in the background, until the test ends.
type record struct {
	mu     sync.Mutex
	events []driver.Event
	errs   []error
	done   chan struct{}
}

func watch(t *testing.T, d driver.Driver) *record {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	r := &record{done: make(chan struct{})}
	go func() {
		defer close(r.done)
		for event, err := range driver.Events(ctx, d) {
			r.mu.Lock()
			if err != nil {
				r.errs = append(r.errs, err)
			} else {
				r.events = append(r.events, event)
			}
			r.mu.Unlock()
		}
	}()
	t.Cleanup(func() {
		cancel()
		<-r.done
	})
	return r
}

// brief is what the events say, without times.
func (r *record) brief() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []string
	for _, e := range r.events {
		s := fmt.Sprintf("%s %s %s", e.Type, e.ID, e.State)
		if e.Type == driver.EventExited {
			s = fmt.Sprintf("%s %d", s, e.ExitCode)
		}
		all = append(all, s)
	}
	return all
}

// until waits for a text among the events, and returns all of them.
func (r *record) until(t *testing.T, want string) []string {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		all := r.brief()
		if slices.Contains(all, want) {
			return all
		}
		if time.Now().After(deadline) {
			t.Fatalf("no %q among\n%q", want, all)
		}
	}
}

func TestEvents(t *testing.T) {
	d := open(t, "events")
	image := busybox(t, d)
	create(t, d, sleeper("before", image))
	r := watch(t, d)
	r.until(t, "snapshot before created")

	spec := sleeper("now", image)
	create(t, d, spec)
	start(t, d, spec.ID)
	waitForLine(t, d, spec.ID, "ready")
	late := watch(t, d) // which shares the stream, and is told of what is there
	late.until(t, "snapshot now running")
	late.until(t, "snapshot before created")
	for _, call := range []func(context.Context, driver.Driver, string) error{driver.Pause, driver.Unpause} {
		if err := call(t.Context(), d, spec.ID); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(
		d.Stop(t.Context(), spec.ID, driver.StopOptions{}),
		d.Destroy(t.Context(), spec.ID, driver.DestroyOptions{}),
	); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"snapshot before created", "created now created", "started now running", "paused now paused",
		"unpaused now running", "exited now exited 0", "destroyed now ",
	}
	if diff := cmp.Diff(want, r.until(t, "destroyed now ")); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	late.until(t, "destroyed now ")
}

func TestEventsOfOneOwner(t *testing.T) {
	mine, theirs := open(t, "ours"), open(t, "others")
	image := busybox(t, mine)
	r := watch(t, mine)
	create(t, theirs, sleeper("theirs", image))
	create(t, mine, sleeper("mine", image))
	if diff := cmp.Diff([]string{"created mine created"}, r.until(t, "created mine created")); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

func TestOutOfMemoryIsAnEvent(t *testing.T) {
	d := open(t, "oomevent")
	r := watch(t, d)
	spec := greedy("oom", busybox(t, d))
	create(t, d, spec)
	start(t, d, spec.ID)
	r.until(t, "exited oom exited 137")
	r.until(t, "oom oom running")
}

func TestClosedDriverEndsItsReaders(t *testing.T) {
	d := open(t, "closing")
	r := watch(t, d)
	waited := make(chan error, 1)
	spec := sleeper("closing", busybox(t, d))
	create(t, open(t, "closing"), spec)
	go func() {
		_, err := d.Wait(t.Context(), spec.ID)
		waited <- err
	}()
	r.until(t, "created closing created")
	if err := errors.Join(d.Close(), d.Close()); err != nil {
		t.Fatal(err)
	}
	select {
	case <-r.done:
	case <-time.After(5 * time.Second):
		t.Fatal("the reader reads on")
	}
	wantError(t, r.errs[len(r.errs)-1], dockerhv.ErrUnavailable)
	wantError(t, <-waited, dockerhv.ErrUnavailable)
	for _, err := range d.Events(t.Context()) {
		wantError(t, err, dockerhv.ErrUnavailable)
	}
}

// private starts an engine of the test's own, to be mistreated, with a driver and
// an image.
func private(t *testing.T, config map[string]any) (*enginetest.Engine, *docker.Driver, template.Image) {
	t.Helper()
	enginetest.Endpoint(t)
	e, err := enginetest.Start(t.Context(), enginetest.Options{Config: config})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	d, err := docker.Open(t.Context(), driver.Endpoint{URL: e.Endpoint()}, docker.Options{Owner: "private"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return e, d, load(t, d)
}

// load installs a real image without a registry.
func load(t *testing.T, d driver.Driver) template.Image {
	t.Helper()
	archive := t.TempDir() + "/busybox.tar"
	enginetest.SaveBusybox(t, archive, "busybox:1")
	image, err := tarfile.Source{Path: archive}.Install(t.Context(), d.Images(), template.InstallOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return image
}

// 44, 46, 47: the engine is killed and started again. With live-restore nothing
// has happened to the instance; without, it has ended, and that is told.
func TestEngineIsKilled(t *testing.T) {
	for name, tc := range map[string]struct {
		live bool
		want string
	}{
		"with live-restore": {true, "running"},
		"without":           {false, "exited"},
	} {
		t.Run(name, func(t *testing.T) {
			e, d, image := private(t, map[string]any{"live-restore": tc.live})
			spec := sleeper("victim", image)
			if _, err := d.Create(t.Context(), spec); err != nil {
				t.Fatal(err)
			}
			start(t, d, spec.ID)
			before := inspect(t, d, spec.ID)
			r := watch(t, d)
			r.until(t, "snapshot victim running")
			waited := make(chan driver.Exit, 1)
			go func() {
				if exit, err := d.Wait(t.Context(), spec.ID); err == nil {
					waited <- exit
				} else if t.Context().Err() == nil {
					t.Errorf("wait: %v", err)
				}
			}()
			time.Sleep(500 * time.Millisecond) // until it waits

			e.Kill()
			_, err := d.Inspect(t.Context(), spec.ID)
			wantError(t, err, dockerhv.ErrUnavailable)
			if err := e.Restart(t.Context()); err != nil {
				t.Fatal(err)
			}
			r.until(t, "gap  ")
			if !tc.live {
				r.until(t, "snapshot victim exited")
				select {
				case exit := <-waited:
					if exit.Time.Before(before.Started) {
						t.Errorf("exit %+v", exit)
					}
				case <-time.After(10 * time.Second):
					t.Error("nobody told the wait of the exit")
				}
			}
			after := inspect(t, d, spec.ID)
			if string(after.State) != tc.want || (tc.live && !after.Started.Equal(before.Started)) {
				t.Errorf("after: %+v, before: %+v", after, before)
			}
			if tc.live {
				select {
				case exit := <-waited:
					t.Errorf("a wait ended although the instance runs: %+v", exit)
				case <-time.After(time.Second):
				}
			}
			if len(r.errs) != 1 {
				t.Errorf("told %d times that the host is away: %v; want once", len(r.errs), r.errs)
			}
		})
	}
}

// A host that keeps the connection and says nothing is found out by the watchdog.
func TestEngineHangs(t *testing.T) {
	if testing.Short() {
		t.Skip("takes the watchdog's 15 seconds")
	}
	e, d, image := private(t, nil)
	spec := sleeper("hung", image)
	if _, err := d.Create(t.Context(), spec); err != nil {
		t.Fatal(err)
	}
	r := watch(t, d)
	r.until(t, "snapshot hung created")
	if err := e.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		r.mu.Lock()
		told := len(r.errs) > 0
		r.mu.Unlock()
		if told {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("nobody told that the host hangs")
		}
	}
	if err := e.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	r.until(t, "gap  ")
	start(t, d, spec.ID)
	r.until(t, "started hung running")
}
