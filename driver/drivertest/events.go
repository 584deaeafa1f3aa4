package drivertest

import (
	"context"
	"fmt"
	"maps"
	"time"

	"github.com/dockerhv/dockerhv/driver"
)

var eventRules = group{name: "Events", needs: EventSource, rules: []rule{
	{"tells first of what there is, each once", about(48, 114), eventsSnapshot, ""},
	{"tells of a life once and in order", about(47, 114), eventsLife, ""},
	{"tells every reader everything, also one that comes late", about(48, 114), eventsReaders, ""},
	{"tells of the owner's instances alone", about(51), eventsOwner, ""},
	{"tells of what another driver does", about(39, 114), eventsOther, ""},
	{"loses and repeats nothing while a reader begins", about(48), eventsBegin, ""},
	{"brings a slow reader up to date, and lets it hold up nobody", about(49), eventsSlow, ""},
	{"holds nothing once the loop is broken off", about(17, 108), eventsBreak, ""},
	{"ends with its context's error", about(1), eventsGivenUp, ""},
}}

func eventsSnapshot(t *trial) {
	t.create(t.server("created"))
	t.serve("running")
	t.serve("exited")
	t.stop("exited", driver.StopOptions{})
	w := t.watch(t.driver)
	for id, want := range map[string]driver.State{"created": driver.Created, "running": driver.Running, "exited": driver.Exited} {
		if e := w.until(driver.EventSnapshot, id); e.State != want {
			t.Errorf("the snapshot of %s says %s, want %s", id, e.State, want)
		}
	}
	t.pause(200 * time.Millisecond)
	if events, _ := w.seen(); len(events) != 3 {
		t.Errorf("there are 3 instances, and the events are %+v", events)
	}
	w.clean()
}

// live makes an instance's whole life.
func live(t *trial, id string) (want []string) {
	t.Helper()
	t.run(t.spec(id, t.config.Workload.Serve("SIGTERM", 3)))
	want = []string{"created created 0", "started running 0"}
	if Pauser.has(t.driver) {
		t.freeze(id)
		t.thaw(id)
		want = append(want, "paused paused 0", "unpaused running 0")
	}
	t.stop(id, driver.StopOptions{})
	t.start(id)
	t.await(id, ready)
	t.must(t.driver.Destroy(t.Context(), id, driver.DestroyOptions{Force: true}))
	return append(want, "exited exited 3", "started running 0", "exited exited 137", "destroyed  0")
}

func eventsLife(t *trial) {
	t.create(t.server("there"))
	w := t.watch(t.driver)
	w.until(driver.EventSnapshot, "there")
	want := live(t, "i1")
	w.until(driver.EventDestroyed, "i1")
	t.same("events of i1", want, w.of("i1"))
	t.same("events of the other", []string{"snapshot created 0"}, w.of("there"))
	var last time.Time
	events, _ := w.seen()
	for _, e := range events {
		if e.Type != driver.EventSnapshot && (e.Time.IsZero() || e.Time.Before(last)) {
			t.Errorf("%s is told to be of %v, after one of %v", e.Type, e.Time, last)
		}
		last = e.Time
	}
	w.clean()
}

func eventsReaders(t *trial) {
	t.create(t.server("there"))
	var readers []*watch
	for range 3 {
		w := t.watch(t.driver)
		w.until(driver.EventSnapshot, "there")
		readers = append(readers, w)
	}
	readers = append(readers, t.watch(t.again()))
	readers[3].until(driver.EventSnapshot, "there")
	want := live(t, "i1")
	t.serve("i2")
	late := t.watch(t.driver)
	late.until(driver.EventSnapshot, "i2")
	t.must(t.driver.Destroy(t.Context(), "i2", driver.DestroyOptions{Force: true}))
	for _, w := range append(readers, late) {
		w.until(driver.EventDestroyed, "i2")
		w.clean()
	}
	for _, w := range readers {
		t.same("events of i1", want, w.of("i1"))
	}
	t.same("the late reader's of i1", []string{}, late.of("i1"))
	t.same("the late reader's of i2", []string{"snapshot running 0", "exited exited 137", "destroyed  0"}, late.of("i2"))
}

func eventsOwner(t *trial) {
	other := t.other()
	t.create(t.server("there"))
	spec := t.server("theirs")
	_, err := other.Create(t.Context(), spec)
	t.must(err)
	w := t.watch(t.driver)
	w.until(driver.EventSnapshot, "there")
	t.must(other.Start(t.Context(), spec.ID))
	t.must(other.Destroy(t.Context(), spec.ID, driver.DestroyOptions{Force: true}))
	t.must(t.driver.Destroy(t.Context(), "there", driver.DestroyOptions{}))
	w.until(driver.EventDestroyed, "there")
	t.same("events of the other owner's", []string{}, w.of("theirs"))
}

func eventsOther(t *trial) {
	t.create(t.server("there"))
	w := t.watch(t.driver)
	w.until(driver.EventSnapshot, "there")
	other := t.again()
	t.must(other.Start(t.Context(), "there"))
	t.must(other.Stop(t.Context(), "there", driver.StopOptions{Grace: -1}))
	if e := w.until(driver.EventExited, "there"); e.ExitCode == 0 && e.State != driver.Exited {
		t.Errorf("the exit is told as %+v", e)
	}
	w.until(driver.EventStarted, "there")
}

// eventsBegin begins to read again and again while instances live and die.
func eventsBegin(t *trial) {
	t.create(t.server("there"))
	stop := make(chan struct{})
	lives := make(chan error, 1)
	go func() {
		lives <- together(2, func(n int) error { return t.lives(fmt.Sprint("i", n), stop) })
	}()
	var readers []*watch
	for range 15 {
		w := t.watch(t.again())
		w.until(driver.EventSnapshot, "there")
		readers = append(readers, w)
	}
	close(stop)
	t.must(<-lives)
	t.must(t.driver.Destroy(t.Context(), "there", driver.DestroyOptions{}))
	for n, w := range readers {
		w.until(driver.EventDestroyed, "there")
		got, err := w.picture()
		t.same(fmt.Sprintf("what reader %d knows in the end", n), t.drawn(), got)
		if err != nil {
			t.Errorf("reader %d: %v; its events are %v %v", n, err, w.of("i0"), w.of("i1"))
		}
		w.clean()
	}
}

// lives makes lives of one ID until it is told to stop, faster at first.
func (t *trial) lives(id string, stop <-chan struct{}) error {
	spec := t.server(id)
	for pause := time.Millisecond; ; pause += pause / 32 {
		if _, err := t.driver.Create(t.Context(), spec); err != nil {
			return err
		}
		if err := t.driver.Start(t.Context(), id); err != nil {
			return err
		}
		select {
		case <-stop:
			return nil
		case <-time.After(pause): // so that time goes on under synctest, too
		}
		if err := t.driver.Stop(t.Context(), id, driver.StopOptions{Grace: -1}); err != nil {
			return err
		}
		if err := t.driver.Destroy(t.Context(), id, driver.DestroyOptions{}); err != nil {
			return err
		}
	}
}

func eventsSlow(t *trial) {
	t.create(t.server("there"))
	t.create(t.server("gone"))
	slow, quick := t.watch(t.driver), t.watch(t.driver)
	slow.until(driver.EventSnapshot, "gone")
	quick.until(driver.EventSnapshot, "gone")
	slow.slow(true)
	t.must(t.driver.Destroy(t.Context(), "gone", driver.DestroyOptions{}))
	for range 6 {
		live(t, "i1")
	}
	t.serve("i2")
	t.start("there")
	quick.until(driver.EventStarted, "there")
	if quick, err := quick.picture(); err != nil || !maps.Equal(quick, t.drawn()) {
		t.Errorf("the quick reader knows %v (%v), want %v", quick, err, t.drawn())
	}
	slow.slow(false)
	t.eventually("the slow reader knows all there is, and no more", func() bool {
		got, _ := slow.picture()
		return maps.Equal(got, t.drawn())
	})
	slow.clean()
}

func eventsBreak(t *trial) {
	t.create(t.server("there"))
	for range 20 {
		for e, err := range driver.Events(t.Context(), t.driver) {
			t.must(err)
			if e.Type != driver.EventSnapshot || e.ID != "there" {
				t.Fatalf("the first event is %+v", e)
			}
			break
		}
	}
	// Whether something is left, the group's Leaks tells. A new reader begins anew.
	w := t.watch(t.driver)
	w.until(driver.EventSnapshot, "there")
}

func eventsGivenUp(t *trial) {
	t.create(t.server("there"))
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	var errs []error
	t.within(soon, func() {
		for _, err := range driver.Events(ctx, t.driver) {
			if err != nil {
				errs = append(errs, err)
			}
		}
	})
	if len(errs) != 1 {
		t.Fatalf("the errors are %v, want one", errs)
	}
	t.refused(errs[0], context.DeadlineExceeded)
}
