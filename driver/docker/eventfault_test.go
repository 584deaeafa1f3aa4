package docker_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/driver/docker"
	"github.com/dockerhv/dockerhv/internal/enginetest"
)

// 46, 47: a stream that is cut tells of a gap, and loses no change.
func TestEventsAreCut(t *testing.T) {
	proxy, d, image := faulty(t, "cut")
	spec := sleeper("cut", image)
	proxy.On("GET /events", 0, enginetest.Truncate(200)) // in the middle of the first event
	r := watch(t, d)
	proxy.Await(t, "GET /containers/json")
	direct := open(t, "cut")
	create(t, direct, spec)
	start(t, direct, spec.ID)
	r.until(t, "gap  ")
	deadline := time.Now().Add(30 * time.Second)
	for !slices.ContainsFunc(r.brief(), func(s string) bool { return s == "started cut running" || s == "snapshot cut running" }) {
		if time.Now().After(deadline) {
			t.Fatalf("the change was lost: %q", r.brief())
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// 46, and pitfall 12: neither a stream that breaks again and again nor an answer that
// is lost is an exit; the real one is told.
func TestWaitOnABrokenStream(t *testing.T) {
	proxy, d, image := faulty(t, "waitcut")
	spec := sleeper("one", image)
	spec.Command = []string{"sh", "-c", "trap 'exit 9' TERM; echo ready; while :; do sleep 0.1; done"}
	create(t, d, spec)
	start(t, d, spec.ID)
	waitForLine(t, d, spec.ID, "ready")
	for range 3 {
		proxy.On("GET /events", 0, enginetest.Truncate(0))
	}
	proxy.On("GET /events", 0, enginetest.Answer(http.StatusInternalServerError))
	proxy.On("GET /events", 0, enginetest.LoseRequest())
	exits := waitInBackground(t, d, spec.ID)
	for proxy.Pending() > 0 {
		select {
		case exit := <-exits:
			t.Fatalf("the instance runs, and its exit is told as %+v", exit)
		case <-time.After(10 * time.Millisecond):
		}
	}
	// Whoever looks how it ended gets no answer at first.
	proxy.On("GET /containers/*/json", 0, enginetest.LoseResponse())
	proxy.On("GET /containers/*/json", 0, enginetest.Answer(http.StatusServiceUnavailable))
	if err := open(t, "waitcut").Stop(t.Context(), spec.ID, driver.StopOptions{}); err != nil {
		t.Fatal(err)
	}
	exit := result(t, exits)
	if i := inspect(t, d, spec.ID); exit.Code != 9 || exit != *i.Exit {
		t.Errorf("the exit is %+v, and %+v to those who ask", exit, i.Exit)
	}
}

// 47: so much happens in a cut that the engine itself has forgotten the first of it.
// What is known in the end is what there is.
func TestEventsOfALongCut(t *testing.T) {
	g := newGate(t, strings.TrimPrefix(enginetest.Endpoint(t), "unix://"))
	d := openAt(t, driver.Endpoint{URL: g.endpoint}, docker.Options{Owner: "longcut"})
	direct := open(t, "longcut")
	image := busybox(t, direct)
	for _, id := range []string{"ends", "goes", "paused", "stays", "busy"} {
		create(t, direct, sleeper(id, image))
		start(t, direct, id)
	}
	r := watch(t, d)
	r.until(t, "snapshot busy running")
	g.cut()
	r.untilAway(t)
	if err := errors.Join(
		direct.Signal(t.Context(), "ends", "SIGKILL"),
		direct.Destroy(t.Context(), "goes", driver.DestroyOptions{Force: true}),
		direct.Pause(t.Context(), "paused"),
	); err != nil {
		t.Fatal(err)
	}
	create(t, direct, sleeper("comes", image))
	for range 260 { // and an engine remembers 256 events
		if err := direct.Signal(t.Context(), "busy", "SIGCONT"); err != nil {
			t.Fatal(err)
		}
	}
	g.mend()
	r.until(t, "gap  ")
	r.until(t, "exited ends exited 137")
	r.until(t, "destroyed goes ")
	r.until(t, "snapshot paused paused")
	r.until(t, "snapshot comes created")
	if err := direct.Unpause(t.Context(), "paused"); err != nil {
		t.Fatal(err)
	}
	r.until(t, "unpaused paused running")
	for _, event := range r.brief() {
		if strings.Contains(event, " stays ") && event != "snapshot stays running" {
			t.Errorf("of what stays as it is, it is told %q", event)
		}
	}
	want := map[string]driver.State{
		"ends": driver.Exited, "paused": driver.Running, "stays": driver.Running, "busy": driver.Running, "comes": driver.Created,
	}
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		got := r.states()
		if len(got) == len(want) && got["busy"] == want["busy"] && got["ends"] == want["ends"] {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("known in the end: %v; want %v", got, want)
		}
	}
}

// states are those that a reader knows by the events alone.
func (r *record) states() map[string]driver.State {
	r.mu.Lock()
	defer r.mu.Unlock()
	states := make(map[string]driver.State)
	for _, e := range r.events {
		switch {
		case e.Type == driver.EventDestroyed:
			delete(states, e.ID)
		case e.ID != "":
			states[e.ID] = e.State
		}
	}
	return states
}

// 48, and pitfall 15: what happens between the list and the stream is told once,
// whichever of the two tells it.
func TestEventsWhileAReaderBegins(t *testing.T) {
	for name, hit := range map[string]func(func()) enginetest.Fault{
		"before the list": enginetest.Before, "before its answer": enginetest.After,
	} {
		t.Run(name, func(t *testing.T) {
			proxy, d, image := faulty(t, "begin")
			direct := open(t, "begin")
			create(t, direct, sleeper("starts", image))
			create(t, direct, sleeper("goes", image))
			proxy.On("GET /containers/json", 0, hit(func() {
				if err := errors.Join(
					direct.Start(t.Context(), "starts"), direct.Destroy(t.Context(), "goes", driver.DestroyOptions{}),
				); err != nil {
					t.Error(err)
				}
				create(t, direct, sleeper("comes", image))
			}))
			r := watch(t, d)
			for len(r.brief()) == 0 {
				time.Sleep(time.Millisecond)
			}
			create(t, direct, sleeper("last", image))
			r.until(t, "created last created")
			told := map[string]string{}
			for _, event := range r.brief() {
				_, rest, _ := strings.Cut(event, " ")
				id, state, _ := strings.Cut(rest, " ")
				if told[id] == state && state != "" {
					t.Errorf("%q is told twice: %q", event, r.brief())
				}
				told[id] = state
			}
			if told["starts"] != "running" || told["comes"] != "created" || told["goes"] != "" {
				t.Errorf("what is known in the end is %q", told)
			}
		})
	}
}

// brokenEvents lets an owner's events meet a fault line by line.
func brokenEvents(t *testing.T, proxy *enginetest.Proxy, edit func(action, line string) []string) {
	t.Helper()
	proxy.On("GET /events", 0, enginetest.Lines(func(line string) []string {
		var event struct{ Action string }
		if line == "" || json.Unmarshal([]byte(line), &event) != nil {
			return []string{line}
		}
		return edit(event.Action, line)
	}))
}

// 47, and pitfall 13: the engine loses the event of an exit, as it does when a
// connection is slow. The next list but one finds it, with the code and the time.
func TestEventIsLost(t *testing.T) {
	proxy, d, image := faulty(t, "dropped")
	docker.SetReconcile(d, 500*time.Millisecond, 200*time.Millisecond)
	var lost atomic.Int32
	brokenEvents(t, proxy, func(action, line string) []string {
		if action == "die" || action == "destroy" {
			lost.Add(1)
			return nil
		}
		return []string{line}
	})
	r := watch(t, d)
	spec := sleeper("one", image)
	spec.Command = []string{"sh", "-c", "exit 6"}
	create(t, d, spec)
	exits := waitInBackground(t, d, spec.ID)
	start(t, d, spec.ID)
	r.until(t, "exited one exited 6")
	exit := result(t, exits)
	if i := inspect(t, d, spec.ID); exit.Code != 6 || exit != *i.Exit {
		t.Errorf("the exit is %+v, and %+v to those who ask", exit, i.Exit)
	}
	r.once(t, "exited one exited 6", exit.Time)
	if err := d.Destroy(t.Context(), spec.ID, driver.DestroyOptions{}); err != nil {
		t.Fatal(err)
	}
	r.until(t, "destroyed one ")
	if lost.Load() != 2 {
		t.Errorf("%d events were lost; want 2", lost.Load())
	}
	if got := r.brief(); len(got) != 6 || got[2] != "gap  " || got[4] != "gap  " {
		t.Errorf("events %q", got)
	}
}

// 47, 145: events come twice, and in another order where they are of two instances.
// Each is told once.
func TestEventsTwiceAndInAnotherOrder(t *testing.T) {
	proxy, d, image := faulty(t, "twice")
	create(t, d, sleeper("there", image))
	var held string
	brokenEvents(t, proxy, func(_, line string) []string {
		if strings.Contains(line, `"io.github.dockerhv.instance":"a"`) && held == "" {
			held = line
			return nil
		}
		out := []string{line, held, line, held}
		held = ""
		return slices.DeleteFunc(out, func(s string) bool { return s == "" })
	})
	r := watch(t, d)
	r.until(t, "snapshot there created")
	for _, id := range []string{"a", "b"} {
		create(t, d, sleeper(id, image))
	}
	for _, id := range []string{"a", "b"} {
		start(t, d, id)
	}
	r.until(t, "started a running")
	r.until(t, "started b running")
	got := r.brief()
	slices.Sort(got)
	if want := []string{"created a created", "created b created", "snapshot there created", "started a running", "started b running"}; !slices.Equal(got, want) {
		t.Errorf("events %q; want %q", got, want)
	}
}

// 129: a list that finds what is known already tells nothing.
func TestReconcileIsSilent(t *testing.T) {
	proxy, d, image := faulty(t, "silent")
	docker.SetReconcile(d, 20*time.Millisecond, time.Second) // the list of an engine lags behind its events
	r := watch(t, d)
	spec := sleeper("one", image)
	for range 3 { // while events are on their way
		create(t, d, spec)
		start(t, d, spec.ID)
		if err := d.Destroy(t.Context(), spec.ID, driver.DestroyOptions{Force: true}); err != nil {
			t.Fatal(err)
		}
	}
	for n := 0; n < 20; {
		for _, call := range proxy.Calls() {
			if call == "GET /containers/json" {
				n++
			}
		}
		time.Sleep(10 * time.Millisecond)
	}
	r.until(t, "destroyed one ")
	if got := r.brief(); slices.Contains(got, "gap  ") || len(got) != 12 {
		t.Errorf("events %q", got)
	}
}

// 49: a reader that does not read gets a gap and what there is, and holds up nobody.
func TestSlowReaderOfEvents(t *testing.T) {
	d := open(t, "slowreader")
	image := busybox(t, d)
	create(t, d, sleeper("busy", image))
	start(t, d, "busy")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	quick := watch(t, d)
	quick.until(t, "snapshot busy running")
	docker.SetQueueBound(d, 8)
	read, told := make(chan struct{}), make(chan driver.Event)
	go func() {
		defer close(told)
		for e, err := range d.Events(ctx) {
			if err != nil {
				return
			}
			<-read
			select {
			case told <- e:
			case <-ctx.Done():
			}
		}
	}()
	for range 30 {
		if err := errors.Join(d.Pause(t.Context(), "busy"), d.Unpause(t.Context(), "busy")); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.Destroy(t.Context(), "busy", driver.DestroyOptions{Force: true}); err != nil {
		t.Fatal(err)
	}
	quick.until(t, "destroyed busy ")
	// Engine 20.10 tells of a pause once more if it is over before the engine noticed it.
	if got := quick.brief(); len(got) < 63 || slices.Contains(got, "gap  ") {
		t.Errorf("the quick reader was told of %d events; want 63: %q", len(got), got)
	}
	close(read)
	var got []driver.EventType
	for e := range told {
		got = append(got, e.Type)
		if e.Type == driver.EventDestroyed {
			break
		}
	}
	if len(got) > 20 || !slices.Contains(got, driver.EventGap) {
		t.Errorf("the slow reader was told %q", got)
	}
}

// 127: an engine can answer a ping and nothing else. A stream that is not accepted, or
// whose list never comes, is given up.
func TestStreamHangsAtItsBeginning(t *testing.T) {
	for _, call := range []string{"GET /events", "GET /containers/json"} {
		t.Run(call, func(t *testing.T) {
			proxy, d, image := faulty(t, "hangs")
			create(t, d, sleeper("one", image))
			docker.SetListTimeout(d, 2*time.Second)
			proxy.On(call, 0, enginetest.Delay(time.Minute))
			r := watch(t, d)
			r.untilAway(t)
			r.until(t, "snapshot one created")
			wantError(t, r.errs[0], dockerhv.ErrUnavailable)
		})
	}
}
