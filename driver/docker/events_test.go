package docker_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
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
	got := r.until(t, "destroyed now ")
	if len(got) == len(want)+2 && slices.Equal(got[3:5], got[5:7]) {
		got = slices.Delete(got, 3, 5) // Engine 20.10 tells of a pause once more if it is over before the engine noticed it
	}
	if diff := cmp.Diff(want, got); diff != "" {
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
	keeper := open(t, "closing")
	spec := sleeper("closing", busybox(t, keeper))
	create(t, keeper, spec)
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
	wantError(t, r.errs[len(r.errs)-1], dockerhv.ErrClosed)
	wantError(t, <-waited, dockerhv.ErrClosed)
	for _, err := range d.Events(t.Context()) {
		wantError(t, err, dockerhv.ErrClosed)
	}
}
