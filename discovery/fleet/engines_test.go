package fleet_test

import (
	"context"
	"flag"
	"fmt"
	"iter"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/dockerhv/dockerhv/discovery"
	"github.com/dockerhv/dockerhv/discovery/fleet"
	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/driver/docker"
	"github.com/dockerhv/dockerhv/internal/enginetest"
	"github.com/dockerhv/dockerhv/template"
	"github.com/dockerhv/dockerhv/template/tarfile"
)

var (
	engineFaults = flag.Duration("engines.faults", 15*time.Second, "how long the real engines meet random faults")
	engineSeed   = flag.Uint64("engines.seed", 1, "the seed of those")
)

func TestMain(m *testing.M) { enginetest.Main(m) }

// enginePing is the ping interval; the machine may be slow, and a host that answers within
// it is not lost.
const enginePing = 3 * time.Second

// engines is real engines in networks of their own, with an agent that finds them. On each
// runs an instance that never stops, and one that the test starts and stops.
type engines struct {
	t       *testing.T
	all     map[string]*enginetest.Engine
	drivers map[string]*docker.Driver
	manager *fleet.Manager

	mu   sync.Mutex
	lies []string
}

// steady is the instance that never stops: engines with live-restore leave it alone when
// they die.
const steady, varying = "steady", "varying"

func newEngines(t *testing.T, names ...string) *engines {
	enginetest.Endpoint(t)
	w := &engines{t: t, all: make(map[string]*enginetest.Engine), drivers: make(map[string]*docker.Driver), manager: fleet.New(fleet.Options{PingInterval: enginePing})}
	archive := filepath.Join(t.TempDir(), "busybox.tar")
	enginetest.SaveBusybox(t, archive, "busybox:1")
	var found endpoints
	for _, name := range names {
		e, err := enginetest.Start(t.Context(), enginetest.Options{Config: map[string]any{"live-restore": true}})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := e.Close(); err != nil {
				t.Error(err)
			}
		})
		w.all[name] = e
		found = append(found, driver.Endpoint{Name: name, URL: e.Endpoint()})
		w.populate(name, found[len(found)-1], archive)
	}
	w.run(found)
	return w
}

// endpoints is a discoverer of what is known.
type endpoints []driver.Endpoint

func (e endpoints) Discover(context.Context) iter.Seq2[driver.Endpoint, error] {
	return func(yield func(driver.Endpoint, error) bool) {
		for _, endpoint := range e {
			if !yield(endpoint, nil) {
				return
			}
		}
	}
}

// populate makes the instances of an engine.
func (w *engines) populate(name string, e driver.Endpoint, archive string) {
	w.t.Helper()
	d, err := docker.Open(w.t.Context(), e, docker.Options{Owner: "fleet"})
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = d.Close() })
	w.drivers[name] = d
	image, err := tarfile.Source{Path: archive}.Install(w.t.Context(), d.Images(), template.InstallOptions{})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, id := range []string{steady, varying} {
		_, err := d.Create(w.t.Context(), driver.Spec{ID: id, Image: image.ID, Command: []string{"sleep", "100000"}, NICs: []driver.NIC{{Network: "none"}}})
		must(w.t, err, d.Start(w.t.Context(), id))
	}
}

// run runs an agent until the test ends.
func (w *engines) run(found endpoints) {
	agent := discovery.Agent{
		Discoverer: found, Manager: watching{w.manager, w}, Open: discovery.Opener(docker.Options{Owner: "fleet"}.Open),
		PingInterval: enginePing, CallTimeout: enginePing, Backoff: discovery.Backoff{Last: enginePing},
	}
	ctx, cancel := context.WithCancel(w.t.Context())
	var group sync.WaitGroup
	group.Go(func() { _ = agent.Run(ctx) })
	w.t.Cleanup(func() {
		cancel()
		group.Wait()
	})
}

// watching is a manager that looks for lies.
type watching struct {
	*fleet.Manager
	engines *engines
}

func (m watching) Register(ctx context.Context, r discovery.Registration) error {
	m.engines.look(r.Endpoint.String(), discovery.PowerOfAll(r.Instances), true)
	return m.Manager.Register(ctx, r)
}

func (m watching) Ping(ctx context.Context, p discovery.Ping) error {
	m.engines.look(p.Endpoint, p.Power, p.Full)
	return m.Manager.Ping(ctx, p)
}

func (w *engines) look(host string, told power, full bool) {
	p, ok := told[steady]
	if p == on || p == unknown || !ok && !full {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.lies = append(w.lies, fmt.Sprintf("%s of %s is told to be %q", steady, host, p))
}

// await waits until a host has a status and power states.
func (w *engines) await(host string, status discovery.Status, p power) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), 2*time.Minute)
	defer cancel()
	for _, err := range w.manager.Changes(ctx) {
		if err != nil {
			break
		}
		h, err := w.manager.Host(host)
		if err == nil && h.Status == status && maps.Equal(h.Power, p) {
			return
		}
	}
	h, _ := w.manager.Host(host)
	w.t.Fatalf("%s is %s (%v) with %v, want %s with %v", host, h.Status, h.Cause, h.Power, status, p)
}

func (w *engines) check() {
	w.t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, lie := range w.lies {
		w.t.Error(lie)
	}
}

// TestEnginesUnderFaults: an engine that hangs, or was killed, moves its host alone, within
// two intervals as far as the machine is quick, and back; what runs is never told to be
// off. 137, 127.
func TestEnginesUnderFaults(t *testing.T) {
	both, neither := power{steady: on, varying: on}, power{steady: unknown, varying: unknown}
	w := newEngines(t, "e1", "e2")
	w.await("e1", discovery.StatusUp, both)
	w.await("e2", discovery.StatusUp, both)
	begun := time.Now()

	must(t, w.all["e1"].Signal(syscall.SIGSTOP))
	w.await("e1", discovery.StatusAlert, neither)
	must(t, w.all["e1"].Signal(syscall.SIGCONT))
	w.await("e1", discovery.StatusUp, both)

	w.all["e1"].Kill()
	w.await("e1", discovery.StatusAlert, neither)
	must(t, w.all["e1"].Restart(t.Context()))
	w.await("e1", discovery.StatusUp, both)

	must(t, w.drivers["e1"].Stop(t.Context(), varying, driver.StopOptions{Grace: -1}))
	w.await("e1", discovery.StatusUp, power{steady: on, varying: off})
	if h, _ := w.manager.Host("e2"); h.Status != discovery.StatusUp || h.Since.After(begun) {
		t.Errorf("e2 has been %s since %v because of %v, and nothing happened to it", h.Status, h.Since, h.Cause)
	}
	w.check()
}

// TestEnginesAtRandom: real engines are stopped, killed and restarted at random while
// instances start and stop; at the end the manager's view is equal to the engines'.
func TestEnginesAtRandom(t *testing.T) {
	w := newEngines(t, "e1", "e2", "e3")
	names := slices.Sorted(maps.Keys(w.all))
	random := rand.New(rand.NewPCG(*engineSeed, *engineSeed))
	faults := 0
	for end := time.Now().Add(*engineFaults); time.Now().Before(end); faults++ {
		w.fault(names[random.IntN(len(names))], random)
		pause(t, time.Duration(random.ExpFloat64()*float64(500*time.Millisecond)))
	}
	t.Logf("%d faults with seed %d", faults, *engineSeed)
	for _, name := range names {
		must(t, w.all[name].Signal(syscall.SIGCONT))
		all, err := w.drivers[name].List(t.Context(), driver.Filter{})
		must(t, err)
		w.await(name, discovery.StatusUp, discovery.PowerOfAll(all))
	}
	w.check()
}

// fault does something to an engine or its instance. What is stopped goes on with the next.
func (w *engines) fault(name string, random *rand.Rand) {
	w.t.Helper()
	e, d := w.all[name], w.drivers[name]
	ctx, cancel := context.WithTimeout(w.t.Context(), 5*time.Second)
	defer cancel()
	switch random.IntN(8) {
	case 0, 1:
		must(w.t, e.Signal(syscall.SIGSTOP))
	case 2:
		must(w.t, e.Signal(syscall.SIGCONT))
	case 3:
		e.Kill()
		must(w.t, e.Restart(w.t.Context()))
	case 4, 5:
		must(w.t, e.Signal(syscall.SIGCONT))
		_ = d.Stop(ctx, varying, driver.StopOptions{Grace: -1}) // an engine that just died does not
	default:
		must(w.t, e.Signal(syscall.SIGCONT))
		_ = d.Start(ctx, varying)
	}
}

// pause lets a fault last.
func pause(t *testing.T, d time.Duration) {
	t.Helper()
	select {
	case <-time.After(d):
	case <-t.Context().Done():
	}
}
