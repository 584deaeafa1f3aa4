package discovery_test

import (
	"context"
	"errors"
	"iter"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dockerhv/dockerhv/discovery"
	"github.com/dockerhv/dockerhv/driver"
)

// listed is a discoverer of a list.
type listed []driver.Endpoint

func (l listed) Discover(context.Context) iter.Seq2[driver.Endpoint, error] {
	return func(yield func(driver.Endpoint, error) bool) {
		for _, e := range l {
			if !yield(e, nil) {
				return
			}
		}
	}
}

// failing is a discoverer of one error.
type failing struct{ error }

func (f failing) Discover(context.Context) iter.Seq2[driver.Endpoint, error] {
	return func(yield func(driver.Endpoint, error) bool) { yield(driver.Endpoint{}, f.error) }
}

// after is a discoverer that takes its time, or until its context ends.
type after struct {
	time.Duration
	discovery.Discoverer
}

func (a after) Discover(ctx context.Context) iter.Seq2[driver.Endpoint, error] {
	return func(yield func(driver.Endpoint, error) bool) {
		select {
		case <-time.After(a.Duration):
		case <-ctx.Done():
			return
		}
		for e, err := range a.Discoverer.Discover(ctx) {
			if !yield(e, err) {
				return
			}
		}
	}
}

// all collects what a discoverer yields, as its names and the texts of its errors.
func all(t *testing.T, d discovery.Discoverer) (told []string) {
	t.Helper()
	for e, err := range d.Discover(t.Context()) {
		told = append(told, text(e, err))
	}
	return told
}

func text(e driver.Endpoint, err error) string {
	if err != nil {
		return "error: " + err.Error()
	}
	if id := e.Labels[discovery.LabelTwin]; id != "" {
		return e.String() + " twin of " + id
	}
	return e.String()
}

// listener listens to a watch until the test ends.
type listener struct {
	mu   sync.Mutex
	told []string
	last error
	over chan struct{}
}

func listen(ctx context.Context, w discovery.Watcher) *listener {
	l := &listener{over: make(chan struct{})}
	go func() {
		defer close(l.over)
		for c, err := range w.Watch(ctx) {
			l.mu.Lock()
			l.last = err
			l.told = append(l.told, strings.TrimPrefix(string(c.Type)+" "+text(c.Endpoint, err), " "))
			l.mu.Unlock()
		}
	}()
	return l
}

// want compares what was told since it was asked last, at this moment of the test's time.
func (l *listener) want(t *testing.T, want ...string) {
	t.Helper()
	synctest.Wait()
	l.mu.Lock()
	defer l.mu.Unlock()
	if diff := cmp.Diff(want, l.told); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
	l.told = nil
}

// ended wants the context's end to be the last that was told.
func (l *listener) ended(t *testing.T) {
	t.Helper()
	<-l.over
	if !errors.Is(l.last, context.Canceled) {
		t.Errorf("the last error is %v", l.last)
	}
}

func added(e driver.Endpoint) discovery.Change {
	return discovery.Change{Type: discovery.Added, Endpoint: e}
}

func changed(e driver.Endpoint) discovery.Change {
	return discovery.Change{Type: discovery.Changed, Endpoint: e}
}

func gone(name string) discovery.Change {
	return discovery.Change{Type: discovery.Gone, Endpoint: driver.Endpoint{Name: name}}
}

func named(name string) driver.Endpoint { return driver.Endpoint{Name: name, URL: "ssh://" + name} }

func TestKnown(t *testing.T) {
	k := make(discovery.Known)
	secure := named("a")
	secure.TLS = &driver.TLS{CAFile: "/ca.pem"}
	for _, tt := range []struct {
		now  listed
		want []discovery.Change
	}{
		{listed{named("b"), named("a"), {Name: "b", URL: "ssh://other"}}, []discovery.Change{added(named("b")), added(named("a"))}},
		{listed{named("a"), named("b")}, nil},
		{listed{secure}, []discovery.Change{changed(secure), {Type: discovery.Gone, Endpoint: named("b")}}},
		{listed{secure}, nil},
		{nil, []discovery.Change{{Type: discovery.Gone, Endpoint: secure}}},
	} {
		if diff := cmp.Diff(tt.want, k.Update(tt.now)); diff != "" {
			t.Errorf("Update with %v (-want +got):\n%s", tt.now, diff)
		}
	}
}

// TestFilter: what is not wanted is not told of, and its changes come and go.
func TestFilter(t *testing.T) {
	rack := func(name, rack string) driver.Endpoint {
		e := named(name)
		e.Labels = map[string]string{"rack": rack}
		return e
	}
	keep := func(e driver.Endpoint) bool { return e.Labels["rack"] == "r1" }
	broken := errors.New("broken")
	f := discovery.Filter{Keep: keep, Discoverer: discovery.Merge{Discoverers: []discovery.Discoverer{
		listed{rack("a", "r1"), rack("b", "r2"), rack("c", "r1")}, failing{broken},
	}}}
	if diff := cmp.Diff([]string{"a", "c", "error: broken"}, all(t, f)); diff != "" {
		t.Errorf("Discover (-want +got):\n%s", diff)
	}
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		changes := make(told)
		l := listen(ctx, discovery.Filter{Discoverer: changes, Keep: keep})
		changes <- added(rack("a", "r1"))
		changes <- added(rack("b", "r2"))
		changes <- changed(rack("a", "r2"))
		changes <- changed(rack("b", "r1"))
		changes <- changed(driver.Endpoint{Name: "b", URL: "ssh://other", Labels: map[string]string{"rack": "r1"}})
		changes <- gone("a")
		changes <- gone("b")
		l.want(t, "added a", "gone a", "added b", "changed b", "gone b")
		cancel()
		l.ended(t)
	})
}

// TestMerge: all are asked at once, and the first one's word counts.
func TestMerge(t *testing.T) {
	first := listed{{Name: "a", URL: "ssh://a", Source: "inventory"}, named("b")}
	second := listed{{Name: "c", URL: "ssh://b"}, {Name: "a", URL: "tcp://u:hunter2@other:1", Source: "docker context"}, named("d")}
	synctest.Test(t, func(t *testing.T) {
		begun := time.Now()
		got := all(t, discovery.Merge{Discoverers: []discovery.Discoverer{
			after{3 * time.Second, first}, failing{errors.New("broken")}, after{4 * time.Second, second}, after{time.Second, first},
		}})
		want := []string{
			"a", "b", "error: broken",
			"error: merge hosts on a: it is ssh://a of inventory, and tcp://u:xxxxx@other:1 of docker context, too; give one of them another name",
			"d",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("Discover (-want +got):\n%s", diff)
		}
		if took := time.Since(begun); took != 4*time.Second {
			t.Errorf("it took %v", took)
		}
	})
	if got := all(t, discovery.Merge{}); got != nil {
		t.Errorf("Discover of none = %v", got)
	}
}

// TestMergeBrokenOff: whoever has enough waits for no other, and none is left behind.
func TestMergeBrokenOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begun := time.Now()
		for e, err := range (discovery.Merge{Discoverers: []discovery.Discoverer{
			listed{named("a")}, after{time.Hour, listed{named("b")}},
		}}).Discover(t.Context()) {
			if err != nil || e.Name != "a" {
				t.Errorf("%v, %v", e, err)
			}
			break
		}
		if took := time.Since(begun); took != 0 {
			t.Errorf("it took %v", took)
		}
	})
}

// TestMergeWatch: a host stays while any discoverer has it, and an error is told once.
func TestMergeWatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		first, second := make(told), make(told)
		var polled changing
		l := listen(ctx, discovery.Merge{
			Discoverers: []discovery.Discoverer{first, second, &polled}, Interval: time.Second,
		})
		second <- added(named("a"))
		l.want(t, "added a")
		first <- added(named("a"))
		l.want(t)
		first <- changed(driver.Endpoint{Name: "a", URL: "ssh://other"})
		l.want(t, "error: merge hosts on a: it is ssh://other of an unknown source, and ssh://a of an unknown source, too; give one of them another name", "changed a")
		second <- added(named("b"))
		l.want(t, "added b")
		first <- gone("a")
		l.want(t, "changed a")
		second <- gone("a")
		l.want(t, "gone a")
		polled.set(found{{url: "ssh://b"}, {url: "ssh://c"}, {err: errors.New("broken")}})
		time.Sleep(time.Second)
		l.want(t, "error: broken", "added ssh://c")
		second <- gone("b")
		l.want(t, "added ssh://b", "gone b")
		cancel()
		l.ended(t)
	})
}

// over is a watch that ends by itself.
type over struct{ listed }

func (o over) Watch(context.Context) iter.Seq2[discovery.Change, error] {
	return func(yield func(discovery.Change, error) bool) { yield(added(o.listed[0]), nil) }
}

// TestWatchOver: a combined watch ends with what it listens to, and leaves nothing.
func TestWatchOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := over{listed{named("a")}}
		for _, w := range []discovery.Watcher{
			discovery.Merge{Discoverers: []discovery.Discoverer{make(told), d}},
			discovery.Filter{Discoverer: d, Keep: func(driver.Endpoint) bool { return true }},
			discovery.Verify{Discoverer: d, Open: (&machines{}).open},
		} {
			l := listen(t.Context(), w)
			<-l.over
			if l.last != nil {
				t.Errorf("%T: the last error is %v", w, l.last)
			}
		}
	})
}
