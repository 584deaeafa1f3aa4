package docker_test

import (
	"errors"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/driver/docker"
	"github.com/dockerhv/dockerhv/internal/enginetest"
	"github.com/dockerhv/dockerhv/template"
)

// faulty opens the test's engine through a fault proxy.
func faulty(t *testing.T, owner string) (*enginetest.Proxy, *docker.Driver, template.Image) {
	t.Helper()
	image := busybox(t, open(t, owner))
	proxy := enginetest.NewProxy(t, enginetest.Endpoint(t))
	d := openAt(t, driver.Endpoint{URL: proxy.TCPEndpoint()}, docker.Options{Owner: owner})
	proxy.Calls()
	return proxy, d, image
}

// step is one call of an instance's life, and what must hold when it was made.
type step struct {
	name  string
	calls []string // of the engine, each of which may be hit by a fault
	do    func(t *testing.T, d *docker.Driver, spec driver.Spec) error
	state driver.State // afterwards; empty means absent
}

var (
	createStep = step{"create", []string{"POST /containers/create"}, func(t *testing.T, d *docker.Driver, s driver.Spec) error {
		_, err := d.Create(t.Context(), s)
		return err
	}, driver.Created}
	startStep = step{"start", []string{"POST /containers/*/start"}, func(t *testing.T, d *docker.Driver, s driver.Spec) error {
		return d.Start(t.Context(), s.ID)
	}, driver.Running}
	restartStep = step{"restart", []string{"POST /containers/*/restart"}, func(t *testing.T, d *docker.Driver, s driver.Spec) error {
		return d.Restart(t.Context(), s.ID, driver.StopOptions{Grace: -1})
	}, driver.Running}
	stopStep = step{"stop", []string{"POST /containers/*/stop"}, func(t *testing.T, d *docker.Driver, s driver.Spec) error {
		return d.Stop(t.Context(), s.ID, driver.StopOptions{Grace: -1})
	}, driver.Exited}
	destroyStep = step{"destroy", []string{"DELETE /containers/*"}, func(t *testing.T, d *docker.Driver, s driver.Spec) error {
		return d.Destroy(t.Context(), s.ID, driver.DestroyOptions{})
	}, ""}
	life = []step{createStep, startStep, restartStep, stopStep, destroyStep}
)

// 5, 29, 37, 38: each call of the engine is lost on the way there, lost on the way
// back, sent twice, cut or answered with 500. The driver's call may fail; made
// again it converges, and there is one container or none.
func TestLifeUnderFaults(t *testing.T) {
	proxy, d, image := faulty(t, "faults")
	for name, fault := range map[string]enginetest.Fault{
		"the request is lost":     enginetest.LoseRequest(),
		"the response is lost":    enginetest.LoseResponse(),
		"the connection is reset": enginetest.Reset(),
		"the request comes twice": enginetest.Duplicate(),
		"the answer is cut":       enginetest.Truncate(3),
		"the engine says 500":     enginetest.Answer(http.StatusInternalServerError),
		"the engine says 503":     enginetest.Answer(http.StatusServiceUnavailable),
		"the answer comes late":   enginetest.Delay(300 * time.Millisecond),
	} {
		t.Run(name, func(t *testing.T) {
			spec := sleeper("victim", image)
			for _, s := range life {
				for _, call := range s.calls {
					proxy.On(call, 0, fault)
				}
				if err := s.do(t, d, spec); err != nil {
					if _, ok := errors.AsType[*dockerhv.Error](err); !ok {
						t.Errorf("%s: %v is no *dockerhv.Error", s.name, err)
					}
					if err := s.do(t, d, spec); err != nil {
						t.Fatalf("%s again: %v", s.name, err)
					}
				}
				if proxy.Pending() != 0 {
					t.Fatalf("%s: the fault hit nothing; the calls were %q", s.name, proxy.Calls())
				}
				wantState(t, d, spec, s.state)
			}
		})
	}
}

// wantState asserts what the engine itself says of an owner with one instance, a
// moment later: Engine 26.1 has told that an instance ended some milliseconds
// before its list says so.
func wantState(t *testing.T, d *docker.Driver, spec driver.Spec, want driver.State) {
	t.Helper()
	var wanted []driver.State
	if want != "" {
		wanted = []driver.State{want}
	}
	for deadline := time.Now().Add(time.Second); ; time.Sleep(5 * time.Millisecond) {
		got := states(t, d)
		if slices.Equal(got, wanted) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s: the instances are %q; want %q", spec.ID, got, wanted)
		}
	}
}

// states lists the states of an owner's instances.
func states(t *testing.T, d *docker.Driver) (all []driver.State) {
	t.Helper()
	instances, err := d.List(t.Context(), driver.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range instances {
		all = append(all, i.State)
	}
	return all
}

// The price of a life in calls of the engine.
func TestCallsPerOperation(t *testing.T) {
	proxy, d, image := faulty(t, "price")
	spec := sleeper("price", image)
	want := map[string][]string{
		"create":  {"POST /containers/create"},
		"start":   {"POST /containers/*/start"},
		"restart": {"GET /containers/*/json", "POST /containers/*/restart"}, // which tells what the engine had counted
		"stop":    {"POST /containers/*/stop"},
		"destroy": {"DELETE /containers/*"},
	}
	for _, s := range life {
		proxy.Calls()
		if err := s.do(t, d, spec); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want[s.name], proxy.Calls()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", s.name, diff)
		}
	}
	if _, err := d.List(t.Context(), driver.Filter{}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"GET /containers/json"}, proxy.Calls()); diff != "" {
		t.Errorf("list (-want +got):\n%s", diff)
	}
}
