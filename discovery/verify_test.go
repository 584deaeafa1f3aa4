package discovery_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/discovery"
	"github.com/dockerhv/dockerhv/driver"
)

// machines are what endpoints reach, by their names. One without an ID hangs, and so does
// one of another name: it is away.
type machines struct {
	mu        sync.Mutex
	is        map[string]driver.Host
	now, most int // drivers that are open
	opened    int
}

func (m *machines) set(name string, h driver.Host) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.is[name] = h
}

func (m *machines) open(_ context.Context, e driver.Endpoint) (driver.Driver, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	h, ok := m.is[e.Name]
	if !ok {
		return nil, &dockerhv.Error{Op: "open host", Host: e.Name, Class: dockerhv.ErrUnavailable}
	}
	m.opened++
	m.now++
	m.most = max(m.most, m.now)
	return &machine{machines: m, host: h}, nil
}

// machine is the driver of one.
type machine struct {
	driver.Driver
	machines *machines
	host     driver.Host
}

func (m *machine) Host(ctx context.Context) (driver.Host, error) {
	if m.host.Name == "hangs" {
		<-ctx.Done()
		return driver.Host{}, ctx.Err()
	}
	time.Sleep(time.Second)
	return m.host, nil
}

func (m *machine) Close() error {
	m.machines.mu.Lock()
	defer m.machines.mu.Unlock()
	m.machines.now--
	return nil
}

// closed wants all drivers to be closed.
func (m *machines) closed(t *testing.T) {
	t.Helper()
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.now != 0 || m.opened == 0 {
		t.Errorf("%d of %d drivers are open", m.now, m.opened)
	}
}

func endpoints(names string) (l listed) {
	for name := range strings.FieldsSeq(names) {
		l = append(l, named(name))
	}
	return l
}

// TestVerify: what does not answer is told of with why, one engine by two routes is one
// host, and copied machines are several.
func TestVerify(t *testing.T) {
	m := &machines{is: map[string]driver.Host{
		"a": {ID: "1", Name: "h1", CPUs: 4}, "a-again": {ID: "1", Name: "h1", CPUs: 4},
		"copy": {ID: "2", Name: "h2"}, "copied": {ID: "2", Name: "h3"}, "copied-again": {ID: "2", Name: "h3"},
		"larger": {ID: "3", Name: "h4", Memory: 2}, "smaller": {ID: "3", Name: "h4", Memory: 1},
		"first": {ID: "4", Name: "h5", DataRoot: "/a"}, "second": {ID: "4", Name: "h5", DataRoot: "/b"},
		"nobody": {Name: "p"}, "nobody-else": {Name: "p"},
		"slow": {Name: "hangs"},
	}}
	synctest.Test(t, func(t *testing.T) {
		begun := time.Now()
		broken := errors.New("broken")
		v := discovery.Verify{Open: m.open, Timeout: 5 * time.Second, Discoverer: discovery.Merge{
			Discoverers: []discovery.Discoverer{
				endpoints("slow a a-again copy away copied copied-again larger smaller first second nobody nobody-else"), failing{broken},
			},
		}}
		want := []string{
			"error: verify host on slow: context deadline exceeded; see that its engine runs and can be reached from here",
			"error: verify host on away: open host on away: unavailable; see that its engine runs and can be reached from here",
			"error: broken",
			"a", "copy twin of 2", "copied twin of 2", "larger twin of 3", "smaller twin of 3",
			"first twin of 4", "second twin of 4", "nobody", "nobody-else",
		}
		if diff := cmp.Diff(want, all(t, v)); diff != "" {
			t.Errorf("Discover (-want +got):\n%s", diff)
		}
		if took := time.Since(begun); took != 5*time.Second {
			t.Errorf("it took %v", took)
		}
		var classes []error
		for _, err := range v.Discover(t.Context()) {
			if err != nil {
				classes = append(classes, err)
			}
		}
		for n, class := range []error{context.DeadlineExceeded, dockerhv.ErrUnavailable, broken} {
			if !errors.Is(classes[n], class) {
				t.Errorf("%v is no %q", classes[n], class)
			}
		}
	})
	m.closed(t)
}

// TestVerifyKeepsLabels: the label of a twin is beside the others, and not in the source's.
func TestVerifyKeepsLabels(t *testing.T) {
	m := &machines{is: map[string]driver.Host{"a": {ID: "1", Name: "h1"}, "b": {ID: "1", Name: "h2"}}}
	l := endpoints("a b")
	l[0].Labels = map[string]string{"rack": "r1"}
	synctest.Test(t, func(t *testing.T) {
		for e, err := range (discovery.Verify{Discoverer: l, Open: m.open}).Discover(t.Context()) {
			if err != nil || e.Labels[discovery.LabelTwin] != "1" || e.Name == "a" && e.Labels["rack"] != "r1" {
				t.Errorf("%s has %v, %v", e, e.Labels, err)
			}
		}
	})
	if len(l[0].Labels) != 1 || l[1].Labels != nil {
		t.Errorf("the source has %v and %v", l[0].Labels, l[1].Labels)
	}
}

// TestVerifyParallel: no more are looked at at once than is said, and all are.
func TestVerifyParallel(t *testing.T) {
	m := &machines{is: make(map[string]driver.Host)}
	var names []string
	for n := range 40 {
		names = append(names, fmt.Sprintf("h%d", n))
		m.set(names[n], driver.Host{ID: names[n]})
	}
	synctest.Test(t, func(t *testing.T) {
		for parallel, most := range map[int]int{0: discovery.DefaultVerifyParallel, 3: 3, -1: 1} {
			m.most = 0
			got := all(t, discovery.Verify{Discoverer: endpoints(strings.Join(names, " ")), Open: m.open, Parallel: parallel})
			if diff := cmp.Diff(names, got); diff != "" || m.most != most {
				t.Errorf("%d at once, want %d (-want +got):\n%s", m.most, most, diff)
			}
		}
	})
	m.closed(t)
}

// TestVerifyWatch: candidates are told when they answer, and stay until they are gone.
func TestVerifyWatch(t *testing.T) {
	m := &machines{is: map[string]driver.Host{
		"a": {ID: "1", Name: "h1"}, "b": {ID: "1", Name: "h1"}, "slow": {Name: "hangs"},
	}}
	const away = "error: verify host on c: open host on c: unavailable; see that its engine runs and can be reached from here"
	const hung = "error: verify host on slow: context deadline exceeded; see that its engine runs and can be reached from here"
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		changes := make(told)
		l := listen(ctx, discovery.Verify{Discoverer: changes, Open: m.open})
		changes <- added(named("slow"))
		changes <- added(named("a"))
		l.want(t)
		time.Sleep(time.Second)
		l.want(t, "added a")
		changes <- added(named("a"))
		changes <- added(named("b"))
		changes <- added(named("c"))
		time.Sleep(time.Second)
		l.want(t, away)
		time.Sleep(discovery.DefaultVerifyTimeout)
		l.want(t, hung)
		m.set("c", driver.Host{ID: "1", Name: "h2"})
		m.set("a", driver.Host{Name: "hangs"})
		changes <- gone("slow")
		time.Sleep(discovery.DefaultWatchInterval)
		l.want(t, "changed a twin of 1", "added c twin of 1")
		changes <- gone("a")
		l.want(t, "added b twin of 1", "gone a twin of 1")
		changes <- gone("c")
		l.want(t, "changed b", "gone c twin of 1")
		changes <- changed(driver.Endpoint{Name: "b", URL: "ssh://other"})
		l.want(t, "gone b")
		time.Sleep(time.Second)
		l.want(t, "added b")
		changes <- added(named("slow2"))
		m.set("slow2", driver.Host{Name: "hangs"})
		cancel()
		l.ended(t)
		time.Sleep(time.Hour) // what is left behind would be told of
		m.closed(t)
	})
}

// TestVerifyWatchGone: a candidate that is gone is looked at no more, and is not told of
// although it answered meanwhile.
func TestVerifyWatchGone(t *testing.T) {
	m := &machines{is: map[string]driver.Host{"a": {ID: "1"}, "b": {ID: "2"}}}
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		changes := make(told)
		go func() {
			changes <- added(named("a"))
			time.Sleep(time.Second / 2)
			changes <- added(named("b"))
			time.Sleep(600 * time.Millisecond)
			changes <- gone("b") // heard after a was told, and b answered until then
			time.Sleep(time.Minute)
			changes <- added(named("away"))
			time.Sleep(time.Second)
			changes <- gone("away")
			time.Sleep(time.Second)
			m.set("away", driver.Host{ID: "3"})
			time.Sleep(time.Hour)
			cancel()
		}()
		var got []string
		for c, err := range (discovery.Verify{Discoverer: changes, Open: m.open}).Watch(ctx) {
			if err != nil {
				got = append(got, "error")
				continue
			}
			got = append(got, fmt.Sprintf("%s %s", c.Type, c.Endpoint))
			time.Sleep(10 * time.Second)
		}
		if diff := cmp.Diff([]string{"added a", "error", "error"}, got); diff != "" {
			t.Errorf("told (-want +got):\n%s", diff)
		}
	})
	if m.opened != 2 {
		t.Errorf("%d were opened, want a and b", m.opened)
	}
}
