package discovery_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/discovery"
	"github.com/dockerhv/dockerhv/discovery/fleet"
	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/driver/memory"
)

// world is hosts in memory, an agent that finds them and a manager that it tells.
type world struct {
	t       *testing.T
	hosts   map[string]*memory.Host
	found   changing
	manager *fleet.Manager
	agent   discovery.Agent
	calls   calls
	stop    func()

	mu       sync.Mutex
	failures []error
}

// newWorld makes a world of so many hosts, named h0, h1 and so on.
func newWorld(t *testing.T, hosts int) *world {
	w := &world{t: t, hosts: make(map[string]*memory.Host), manager: fleet.New(fleet.Options{})}
	var all found
	for n := range hosts {
		name := fmt.Sprintf("h%d", n)
		h := memory.New(memory.Options{})
		h.Put("example.org/web:1", memory.Image{Command: []string{"serve"}})
		h.Fail(w.calls.count(name))
		w.hosts[name] = h
		all = append(all, candidate{url: name})
	}
	w.found.set(all)
	w.agent = discovery.Agent{
		Discoverer: &w.found, Manager: w.manager,
		Open: func(_ context.Context, e driver.Endpoint) (driver.Driver, error) {
			return w.hosts[e.URL].Open("cloud"), nil
		},
		Failed: func(_ driver.Endpoint, err error) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.failures = append(w.failures, err)
		},
	}
	return w
}

// run runs the agent and the manager until stop or the test's end, which disconnects
// all hosts.
func (w *world) run() {
	ctx, cancel := context.WithCancel(w.t.Context())
	var group sync.WaitGroup
	for _, run := range []func(context.Context) error{w.agent.Run, w.manager.Run} {
		group.Go(func() {
			if err := run(ctx); !errors.Is(err, context.Canceled) {
				w.t.Errorf("Run = %v", err)
			}
		})
	}
	w.stop = sync.OnceFunc(func() {
		cancel()
		group.Wait()
	})
	w.t.Cleanup(func() {
		w.stop()
		for _, h := range w.hosts {
			h.Fail(nil)
			h.Reconnect()
			_, _ = driver.Sweep(context.WithoutCancel(w.t.Context()), h.Open("cloud"), driver.SweepOptions{Grace: -1})
		}
	})
}

// start creates and starts an instance on a host.
func (w *world) start(host, id string) {
	w.t.Helper()
	d := w.hosts[host].Open("cloud")
	image, err := d.Images().Image(w.t.Context(), "example.org/web:1")
	if err != nil {
		w.t.Fatal(err)
	}
	if _, err := d.Create(w.t.Context(), driver.Spec{ID: id, Image: image.ID}); err != nil {
		w.t.Fatal(err)
	}
	if err := d.Start(w.t.Context(), id); err != nil {
		w.t.Fatal(err)
	}
}

// want compares what the manager knows of a host, at this moment of the test's time.
func (w *world) want(host string, status discovery.Status, power map[string]discovery.Power) {
	w.t.Helper()
	synctest.Wait()
	h, err := w.manager.Host(host)
	if err != nil {
		w.t.Fatal(err)
	}
	if h.Status != status {
		w.t.Errorf("%s is %s (%v), want %s", host, h.Status, h.Cause, status)
	}
	if power != nil && !maps.Equal(h.Power, power) {
		w.t.Errorf("%s (-want +got):\n%s", host, cmp.Diff(power, h.Power))
	}
}

// calls counts the calls that hosts get.
type calls struct {
	mu sync.Mutex
	by map[string]int // "host operation"
}

// count returns what a host's calls meet to be counted.
func (c *calls) count(host string) func(context.Context, memory.Call) error {
	return func(_ context.Context, call memory.Call) error {
		if call.Phase == memory.Before && call.Op != "watch events" {
			c.mu.Lock()
			defer c.mu.Unlock()
			if c.by == nil {
				c.by = make(map[string]int)
			}
			c.by[host+" "+call.Op]++
		}
		return nil
	}
}

// take returns what was counted since it was asked last, as "operation times", of all hosts.
func (c *calls) take() map[string]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	sum := make(map[string]int)
	for name, n := range c.by {
		_, op, _ := strings.Cut(name, " ")
		sum[op] += n
	}
	c.by = nil
	return sum
}

// hang lets every call of a host but the stream of events hang until its context ends.
func hang(ctx context.Context, c memory.Call) error {
	if c.Phase != memory.Before || c.Op == "watch events" {
		return nil
	}
	<-ctx.Done()
	return context.Cause(ctx)
}

const on, off, unknown = discovery.PowerOn, discovery.PowerOff, discovery.PowerUnknown

type power = map[string]discovery.Power

// TestAgentRegisters: all hosts are found, opened and registered with all that there is,
// and changes are told as they happen.
func TestAgentRegisters(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 4)
		w.start("h0", "i1")
		w.start("h0", "i2")
		w.run()
		w.want("h0", discovery.StatusUp, power{"i1": on, "i2": on})
		for _, name := range []string{"h1", "h2", "h3"} {
			w.want(name, discovery.StatusUp, power{})
		}
		h, _ := w.manager.Host("h0")
		if h.Facts.CPUs != 4 || h.Driver == nil || !h.Accepts() || h.Endpoint.URL != "h0" {
			t.Errorf("h0 = %+v", h)
		}
		w.hosts["h0"].Exit("cloud", "i1", 3)
		w.want("h0", discovery.StatusUp, power{"i1": off, "i2": on})
		w.start("h0", "i1")
		w.start("h0", "i3")
		w.want("h0", discovery.StatusUp, power{"i1": on, "i2": on, "i3": on})
		w.hosts["h0"].Exit("cloud", "i1", 3)
		w.want("h0", discovery.StatusUp, power{"i1": off, "i2": on, "i3": on})
		if err := h.Driver.Destroy(t.Context(), "i2", driver.DestroyOptions{Force: true}); err != nil {
			t.Fatal(err)
		}
		w.want("h0", discovery.StatusUp, power{"i1": off, "i3": on})
		w.stop()
		w.want("h0", discovery.StatusDisconnected, power{"i1": unknown, "i3": unknown})
		if h, _ := w.manager.Host("h0"); !errors.Is(h.Cause, discovery.ErrShutdown) || h.Driver != nil {
			t.Errorf("h0 was disconnected because %v", h.Cause)
		}
	})
}

// TestAgentQuiet: a quiet host is asked how it is once an interval, and listed once after
// it was connected and then each reconcile period; its instances are never asked for.
func TestAgentQuiet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 1)
		for n := range 100 {
			w.start("h0", fmt.Sprintf("i%d", n))
		}
		w.calls.take()
		w.run()
		time.Sleep(discovery.DefaultPingInterval)
		synctest.Wait()
		// The manager's ledger inspects what it finds, once.
		want := map[string]int{"describe host": 2, "list instances": 2, "inspect instance": 100}
		if diff := cmp.Diff(want, w.calls.take()); diff != "" {
			t.Errorf("until the first ping (-want +got):\n%s", diff)
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		if diff := cmp.Diff(map[string]int{"describe host": 60, "list instances": 6}, w.calls.take()); diff != "" {
			t.Errorf("in an hour (-want +got):\n%s", diff)
		}
	})
}

// TestAgentHangs: a host that hangs is lost within two intervals, and delays no other; its
// instances are unknown and never off, and it comes back by itself.
func TestAgentHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 2)
		w.start("h0", "i1")
		w.start("h1", "i1")
		w.run()
		time.Sleep(3 * discovery.DefaultPingInterval)
		begun := time.Now()
		w.hosts["h0"].Fail(hang)
		for {
			time.Sleep(time.Second)
			synctest.Wait()
			h, _ := w.manager.Host("h0")
			if h.Power["i1"] == off {
				t.Fatal("a running instance is told to be off")
			}
			if h.Status != discovery.StatusUp {
				break
			}
		}
		if took := time.Since(begun); took > 2*discovery.DefaultPingInterval {
			t.Errorf("it was lost after %v", took)
		}
		w.want("h0", discovery.StatusAlert, power{"i1": unknown})
		if h, _ := w.manager.Host("h0"); !errors.Is(h.Cause, discovery.ErrLost) || !errors.Is(h.Cause, dockerhv.ErrUnavailable) {
			t.Errorf("h0 was disconnected because %v", h.Cause)
		}
		time.Sleep(time.Hour)
		w.want("h0", discovery.StatusAlert, power{"i1": unknown})
		w.want("h1", discovery.StatusUp, power{"i1": on})
		w.hosts["h0"].Fail(nil)
		time.Sleep(2 * discovery.DefaultPingInterval)
		w.want("h0", discovery.StatusUp, power{"i1": on})
	})
}

// TestAgentHiccup: one question without an answer is no loss.
func TestAgentHiccup(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 1)
		w.start("h0", "i1")
		w.run()
		time.Sleep(90 * time.Second)
		failed := 0
		w.hosts["h0"].Fail(func(_ context.Context, c memory.Call) error {
			if c.Phase == memory.Before && c.Op == "describe host" {
				if failed++; failed%2 == 1 {
					return dockerhv.ErrUnavailable
				}
			}
			return nil
		})
		var statuses []discovery.Status
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		for c, err := range w.manager.Changes(ctx) {
			if err == nil {
				statuses = append(statuses, c.Status)
			}
		}
		if len(statuses) != 2 { // the host and its instance
			t.Errorf("changes: %v", statuses)
		}
		if failed < 60 {
			t.Errorf("it failed %d times", failed)
		}
	})
}

// TestAgentAway: a host that says it is away is lost at once, and what happened meanwhile
// is told when it is back.
func TestAgentAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 1)
		w.start("h0", "dies")
		w.start("h0", "lives")
		w.run()
		w.want("h0", discovery.StatusUp, power{"dies": on, "lives": on})
		time.Sleep(time.Minute)
		w.hosts["h0"].Disconnect()
		time.Sleep(time.Second) // it may have been asked just before
		w.want("h0", discovery.StatusAlert, power{"dies": unknown, "lives": unknown})
		w.hosts["h0"].Exit("cloud", "dies", 1)
		time.Sleep(time.Minute)
		w.want("h0", discovery.StatusAlert, power{"dies": unknown, "lives": unknown})
		w.hosts["h0"].Reconnect()
		time.Sleep(time.Minute)
		w.want("h0", discovery.StatusUp, power{"dies": off, "lives": on})
	})
}

// TestAgentGap: after a gap in the events the whole is told.
func TestAgentGap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 1)
		var pings []discovery.Ping
		w.agent.Manager = spy{w.manager, func(p discovery.Ping) { pings = append(pings, p) }}
		w.start("h0", "i1")
		w.run()
		time.Sleep(90 * time.Second)
		w.hosts["h0"].Disconnect()
		w.hosts["h0"].Reconnect() // before anybody has noticed
		time.Sleep(time.Second)   // it may have been asked just before
		synctest.Wait()
		if last := pings[len(pings)-1]; !last.Full || !maps.Equal(last.Power, power{"i1": on}) || last.Host == nil {
			t.Errorf("after the gap: %+v", last)
		}
		w.want("h0", discovery.StatusUp, power{"i1": on})
	})
}

// spy is a manager that lets a function see the pings.
type spy struct {
	discovery.AgentManager
	see func(discovery.Ping)
}

func (s spy) Ping(ctx context.Context, p discovery.Ping) error {
	s.see(p)
	return s.AgentManager.Ping(ctx, p)
}

// TestAgentWithdrawn: hosts that are not found any more are disconnected in order, and one
// that is found again is served again.
func TestAgentWithdrawn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 2)
		w.start("h0", "i1")
		w.run()
		w.want("h0", discovery.StatusUp, power{"i1": on})
		w.found.set(found{{url: "h1"}})
		time.Sleep(discovery.DefaultWatchInterval)
		w.want("h0", discovery.StatusDisconnected, power{"i1": unknown})
		w.want("h1", discovery.StatusUp, nil)
		if h, _ := w.manager.Host("h0"); !errors.Is(h.Cause, discovery.ErrWithdrawn) {
			t.Errorf("h0 was disconnected because %v", h.Cause)
		}
		w.found.set(found{{url: "h1"}, {url: "h0"}})
		time.Sleep(discovery.DefaultWatchInterval)
		w.want("h0", discovery.StatusUp, power{"i1": on})
	})
}

// told is a watcher that tells of what it is told.
type told chan discovery.Change

func (told) Discover(context.Context) iter.Seq2[driver.Endpoint, error] { return nil }

func (w told) Watch(ctx context.Context) iter.Seq2[discovery.Change, error] {
	return func(yield func(discovery.Change, error) bool) {
		for {
			select {
			case c := <-w:
				if !yield(c, nil) {
					return
				}
			case <-ctx.Done():
				yield(discovery.Change{}, context.Cause(ctx))
				return
			}
		}
	}
}

// TestAgentChanged: a host that is reached otherwise is disconnected and connected anew, in
// this order, however long the manager takes; one that is told of again as it is stays.
func TestAgentChanged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 2)
		changes := make(told)
		w.agent.Discoverer = changes
		slow := &slow{AgentManager: w.manager}
		w.agent.Manager = slow
		first := driver.Endpoint{Name: "h", URL: "h0"}
		w.run()
		changes <- discovery.Change{Type: discovery.Added, Endpoint: first}
		w.want("h", discovery.StatusUp, power{})
		changes <- discovery.Change{Type: discovery.Added, Endpoint: first}
		changes <- discovery.Change{Type: discovery.Changed, Endpoint: driver.Endpoint{Name: "h", URL: "h1"}}
		synctest.Wait()
		changes <- discovery.Change{Type: discovery.Changed, Endpoint: first}
		changes <- discovery.Change{Type: discovery.Changed, Endpoint: driver.Endpoint{Name: "h", URL: "h1"}}
		time.Sleep(time.Minute)
		w.want("h", discovery.StatusUp, power{})
		if h, _ := w.manager.Host("h"); h.Endpoint.URL != "h1" {
			t.Errorf("it is reached by %s", h.Endpoint.URL)
		}
		changes <- discovery.Change{Type: discovery.Gone, Endpoint: first}
		changes <- discovery.Change{Type: discovery.Gone, Endpoint: first}
		changes <- discovery.Change{Type: discovery.Added, Endpoint: first}
		time.Sleep(time.Minute)
		w.want("h", discovery.StatusUp, power{})
		changes <- discovery.Change{Type: discovery.Gone, Endpoint: first}
		time.Sleep(time.Minute)
		w.want("h", discovery.StatusDisconnected, power{})
		if diff := cmp.Diff([]string{
			"register h0", "disconnect", "register h1", "disconnect", "register h0", "disconnect",
		}, slow.calls); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// slow is a manager that takes its time to disconnect a host.
type slow struct {
	discovery.AgentManager
	calls []string
}

func (s *slow) Register(ctx context.Context, r discovery.Registration) error {
	s.calls = append(s.calls, "register "+r.Endpoint.URL)
	return s.AgentManager.Register(ctx, r)
}

func (s *slow) Disconnect(ctx context.Context, endpoint string, cause error) error {
	time.Sleep(10 * time.Second)
	s.calls = append(s.calls, "disconnect")
	return s.AgentManager.Disconnect(ctx, endpoint, cause)
}

// TestAgentPreflight: a host that is refused is not registered until it passes.
func TestAgentPreflight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 1)
		refusal := errors.New("no cgroups")
		var mu sync.Mutex
		w.agent.Preflight = func(_ context.Context, _ driver.Driver, h driver.Host) error {
			mu.Lock()
			defer mu.Unlock()
			if h.CPUs != 4 {
				t.Errorf("preflight of %+v", h)
			}
			return refusal
		}
		w.run()
		time.Sleep(time.Hour)
		if _, err := w.manager.Host("h0"); !errors.Is(err, dockerhv.ErrNotFound) {
			t.Errorf("a refused host is registered: %v", err)
		}
		w.mu.Lock()
		if n := len(w.failures); n < 60 || !errors.Is(w.failures[0], refusal) {
			t.Errorf("it failed %d times", n)
		}
		w.mu.Unlock()
		mu.Lock()
		refusal = nil
		mu.Unlock()
		time.Sleep(time.Minute)
		w.want("h0", discovery.StatusUp, nil)
	})
}

// TestAgentManagerForgets: a manager that knows the host no more is told of it anew.
func TestAgentManagerForgets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 1)
		w.start("h0", "i1")
		w.run()
		synctest.Wait()
		if err := errors.Join(w.manager.Remove("h0"), w.manager.Forget("h0")); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * discovery.DefaultPingInterval)
		w.want("h0", discovery.StatusUp, power{"i1": on})
		if err := w.manager.Remove("h0"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		w.want("h0", discovery.StatusRemoved, power{"i1": unknown})
	})
}

// TestAgentStaleEvent: an event that is older than the list does not make off what runs.
func TestAgentStaleEvent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 1)
		w.start("h0", "i1")
		w.agent.Open = func(context.Context, driver.Endpoint) (driver.Driver, error) {
			return stale{w.hosts["h0"].Open("cloud")}, nil
		}
		var lies int
		w.agent.Manager = spy{w.manager, func(p discovery.Ping) {
			if p.Power["i1"] == off || p.Power["i1"] == discovery.PowerMissing {
				lies++
			}
		}}
		w.run()
		time.Sleep(time.Minute)
		w.want("h0", discovery.StatusUp, power{"i1": on})
		if lies > 0 {
			t.Errorf("%d lies were told", lies)
		}
	})
}

// stale is a driver whose stream begins with what was true before.
type stale struct{ *memory.Driver }

func (d stale) Unwrap() driver.Driver { return d.Driver }

func (d stale) Events(ctx context.Context) iter.Seq2[driver.Event, error] {
	return func(yield func(driver.Event, error) bool) {
		for _, e := range []driver.Event{
			{Type: driver.EventSnapshot, ID: "i1", State: driver.Exited},
			{Type: driver.EventDestroyed, ID: "i1"},
			{Type: driver.EventStarted, ID: "i1", State: driver.Running},
		} {
			time.Sleep(time.Second)
			if !yield(e, nil) {
				return
			}
		}
		for e, err := range d.Driver.Events(ctx) {
			if !yield(e, err) {
				return
			}
		}
	}
}

// TestAgentStaleEventHangs: what can't be confirmed is unknown, and holds the agent up once.
func TestAgentStaleEventHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 1)
		w.start("h0", "i1")
		w.start("h0", "i2")
		w.agent.Open = func(context.Context, driver.Endpoint) (driver.Driver, error) {
			return stale{w.hosts["h0"].Open("cloud")}, nil
		}
		told := make(map[discovery.Power]bool)
		w.agent.Manager = spy{w.manager, func(p discovery.Ping) {
			if state, ok := p.Power["i1"]; ok || p.Full {
				told[state] = true
			}
		}}
		w.run()
		w.want("h0", discovery.StatusUp, power{"i1": on, "i2": on})
		w.hosts["h0"].Fail(func(ctx context.Context, c memory.Call) error {
			if c.Op != "inspect instance" {
				return nil
			}
			return hang(ctx, c)
		})
		time.Sleep(discovery.DefaultPingInterval)
		synctest.Wait()
		if diff := cmp.Diff(map[discovery.Power]bool{on: true, unknown: true}, told); diff != "" {
			t.Errorf("told of i1 (-want +got):\n%s", diff)
		}
		time.Sleep(discovery.DefaultPingInterval)
		w.want("h0", discovery.StatusUp, power{"i1": on, "i2": on})
	})
}

// TestAgentHealth: an agent that asks for it tells of a host that answers and does not work.
func TestAgentHealth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 1)
		w.agent.Health = true
		w.run()
		time.Sleep(2 * discovery.DefaultPingInterval)
		synctest.Wait()
		if h, _ := w.manager.Host("h0"); h.Health == nil || h.Health.Status != driver.Healthy {
			t.Errorf("health is %+v", h.Health)
		}
		w.hosts["h0"].Fail(func(ctx context.Context, c memory.Call) error {
			if c.Op != "list instances" {
				return nil
			}
			return hang(ctx, c)
		})
		time.Sleep(2 * discovery.DefaultPingInterval)
		w.want("h0", discovery.StatusUp, power{})
		if h, _ := w.manager.Host("h0"); h.Health == nil || h.Health.Status != driver.Degraded || h.Health.Reason != "list_hung" {
			t.Errorf("health is %+v", h.Health)
		}
	})
}

// deaf is a driver that has the core alone.
type deaf struct{ driver.Driver }

// TestAgentDeaf: a host whose driver has no events is listed with each ping.
func TestAgentDeaf(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 1)
		w.agent.Open = func(context.Context, driver.Endpoint) (driver.Driver, error) {
			return deaf{w.hosts["h0"].Open("cloud")}, nil
		}
		w.start("h0", "i1")
		w.run()
		w.want("h0", discovery.StatusUp, power{"i1": on})
		time.Sleep(2 * discovery.DefaultPingInterval)
		for _, want := range []discovery.Power{off, on} {
			if want == on {
				w.start("h0", "i1")
			} else {
				w.hosts["h0"].Exit("cloud", "i1", 0)
			}
			time.Sleep(discovery.DefaultPingInterval)
			w.want("h0", discovery.StatusUp, power{"i1": want})
		}
	})
}

// TestAgentBrokenStream: while a host's events can't be heard and it answers, it is listed
// with each ping.
func TestAgentBrokenStream(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 1)
		w.agent.Open = func(context.Context, driver.Endpoint) (driver.Driver, error) {
			return broken{w.hosts["h0"].Open("cloud")}, nil
		}
		w.start("h0", "i1")
		w.run()
		time.Sleep(5 * discovery.DefaultPingInterval)
		w.hosts["h0"].Exit("cloud", "i1", 0)
		time.Sleep(discovery.DefaultPingInterval)
		w.want("h0", discovery.StatusUp, power{"i1": off})
	})
}

// broken is a driver whose stream breaks and does not come back.
type broken struct{ *memory.Driver }

func (d broken) Events(ctx context.Context) iter.Seq2[driver.Event, error] {
	return func(yield func(driver.Event, error) bool) {
		if yield(driver.Event{}, dockerhv.ErrUnavailable) {
			<-ctx.Done()
		}
	}
}

// TestAgentStreamEnds: a host whose events have ended for good is connected anew.
func TestAgentStreamEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 1)
		opened := 0
		w.agent.Open = func(context.Context, driver.Endpoint) (driver.Driver, error) {
			if opened++; opened == 1 {
				return ended{w.hosts["h0"].Open("cloud")}, nil
			}
			return w.hosts["h0"].Open("cloud"), nil
		}
		w.run()
		time.Sleep(time.Minute)
		w.want("h0", discovery.StatusUp, power{})
		if opened != 2 {
			t.Errorf("it was opened %d times", opened)
		}
	})
}

type ended struct{ *memory.Driver }

func (ended) Events(context.Context) iter.Seq2[driver.Event, error] {
	return func(func(driver.Event, error) bool) {}
}

// TestAgentCloses: a driver is closed when its host was disconnected, and not before.
func TestAgentCloses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 1)
		var mu sync.Mutex
		var open, closed int
		w.agent.Open = func(context.Context, driver.Endpoint) (driver.Driver, error) {
			mu.Lock()
			defer mu.Unlock()
			open++
			return closing{w.hosts["h0"].Open("cloud"), func() {
				mu.Lock()
				defer mu.Unlock()
				closed++
				if h, _ := w.manager.Host("h0"); h.Driver != nil {
					t.Error("it is closed while the manager has it")
				}
			}}, nil
		}
		w.run()
		time.Sleep(time.Hour)
		w.hosts["h0"].Disconnect()
		time.Sleep(time.Minute)
		w.hosts["h0"].Reconnect()
		time.Sleep(2 * time.Minute)
		w.want("h0", discovery.StatusUp, power{})
		w.stop()
		if open < 2 || closed != open {
			t.Errorf("%d were opened and %d closed", open, closed)
		}
	})
}

type closing struct {
	*memory.Driver
	close func()
}

func (c closing) Close() error {
	c.close()
	return nil
}

// TestAgentNotFilledIn: an agent without its parts says which.
func TestAgentNotFilledIn(t *testing.T) {
	full := newWorld(t, 0).agent
	for field, a := range map[string]discovery.Agent{
		"discoverer": {Open: full.Open, Manager: full.Manager},
		"open":       {Discoverer: full.Discoverer, Manager: full.Manager},
		"manager":    {Discoverer: full.Discoverer, Open: full.Open},
	} {
		var wrong *dockerhv.FieldError
		if err := a.Run(t.Context()); !errors.As(err, &wrong) || wrong.Field != field {
			t.Errorf("without %s: %v", field, err)
		}
	}
}

// TestOpener: a driver's own Open gives no driver with an error.
func TestOpener(t *testing.T) {
	d, err := discovery.Opener(func(_ context.Context, e driver.Endpoint) (*opened, error) { return open(e) })(t.Context(), driver.Endpoint{URL: "down"})
	if d != nil || err == nil {
		t.Errorf("Open = %v, %v", d, err)
	}
	if d, err := discovery.Opener(func(_ context.Context, e driver.Endpoint) (*opened, error) { return open(e) })(t.Context(), driver.Endpoint{URL: "up-1"}); d == nil || err != nil {
		t.Errorf("Open = %v, %v", d, err)
	}
}
