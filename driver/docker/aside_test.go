package docker_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/driver/docker"
	"github.com/dockerhv/dockerhv/internal/enginetest"
)

// change is a call that sets containers aside, and what must hold when it was made.
type change struct {
	name    string
	prepare func(t *testing.T, d *docker.Driver, spec driver.Spec)
	do      func(d *docker.Driver, t *testing.T, spec driver.Spec) error
	after   string // the containers' names and states, without the owner
}

// replacement is what replaces a spec.
func replacement(spec driver.Spec) driver.Spec {
	spec.Name = "another"
	return spec
}

func replaceBy(opts driver.ReplaceOptions) func(*docker.Driver, *testing.T, driver.Spec) error {
	opts.Settle, opts.Stop.Grace = 100*time.Millisecond, -1
	return func(d *docker.Driver, t *testing.T, spec driver.Spec) error {
		_, err := d.Replace(t.Context(), replacement(spec), opts)
		return err
	}
}

func retire(d *docker.Driver, t *testing.T, spec driver.Spec) error {
	return d.Retire(t.Context(), spec.ID, driver.StopOptions{Grace: -1})
}

// running creates and starts an instance that the engine would start again.
func begin(t *testing.T, d *docker.Driver, spec driver.Spec) {
	t.Helper()
	if _, err := d.Create(t.Context(), spec); err != nil {
		t.Fatal(err)
	}
	start(t, d, spec.ID)
}

var changes = []change{
	{"replace", begin, replaceBy(driver.ReplaceOptions{}), ".victim running another"},
	{"replace, new one first", begin, replaceBy(driver.ReplaceOptions{StartFirst: true}), ".victim running another"},
	{"retire", begin, retire, "._retired-always-0.victim exited "},
	{"restore", func(t *testing.T, d *docker.Driver, spec driver.Spec) {
		t.Helper()
		begin(t, d, spec)
		if err := retire(d, t, spec); err != nil {
			t.Fatal(err)
		}
	}, func(d *docker.Driver, t *testing.T, spec driver.Spec) error { return d.Restore(t.Context(), spec.ID) }, ".victim exited "},
	{"purge", func(t *testing.T, d *docker.Driver, spec driver.Spec) {
		t.Helper()
		begin(t, d, spec)
		if err := retire(d, t, spec); err != nil {
			t.Fatal(err)
		}
	}, func(d *docker.Driver, t *testing.T, spec driver.Spec) error { return d.Purge(t.Context(), spec.ID) }, ""},
}

// 26, 38: whoever makes the change dies after each of its calls of the engine. The same
// call by another one completes it, and one container is left, or none.
func TestChangesAreCutOff(t *testing.T) {
	spec := sleeper("victim", busybox(t, open(t, "cutoff")))
	spec.Restart.Policy = driver.RestartAlways
	for _, c := range changes {
		t.Run(c.name, func(t *testing.T) {
			n := 0
			for c.cutOff(t, spec, n) {
				n++
			}
			if n < 2 {
				t.Errorf("it was cut off %d times", n)
			}
		})
	}
}

// cutOff cuts a change off after its nth call, if it makes so many.
func (c change) cutOff(t *testing.T, spec driver.Spec, n int) (was bool) {
	t.Helper()
	d, proxy := open(t, "cutoff"), enginetest.NewProxy(t, enginetest.Endpoint(t))
	c.prepare(t, d, spec)
	defer clearAll(t, spec)
	gate := newGate(t, strings.TrimPrefix(proxy.Endpoint(), "unix://"))
	victim := openImpatient(t, gate.endpoint)
	proxy.Calls()
	proxy.OnNth(n, enginetest.After(gate.cut))
	err := c.do(victim, t, spec)
	made := proxy.Calls()
	if was = proxy.Pending() == 0; was == (err == nil) {
		t.Errorf("cut off after the call %d of %q: %t; %v", n, made, was, err)
	}
	if err := c.do(open(t, "cutoff"), t, spec); err != nil {
		t.Fatalf("after a cut behind the call %d of %q: %v", n, made, err)
	}
	if got := containers(t, "cutoff"); got != c.after {
		t.Errorf("after a cut behind the call %d of %q there is %q, want %q", n, made, got, c.after)
	}
	return was
}

func openImpatient(t *testing.T, endpoint string) *docker.Driver {
	t.Helper()
	d, err := docker.Open(t.Context(), driver.Endpoint{URL: endpoint}, docker.Options{Owner: "cutoff", KillBudget: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d
}

// clearAll removes all that there is of an instance.
func clearAll(t *testing.T, spec driver.Spec) {
	t.Helper()
	d := open(t, "cutoff")
	if err := d.Destroy(cleanup(t), spec.ID, driver.DestroyOptions{Force: true}); err != nil {
		t.Error(err)
	}
	if err := d.Purge(cleanup(t), spec.ID); err != nil {
		t.Error(err)
	}
	if left := containers(t, "cutoff"); left != "" {
		t.Errorf("there is left %q", left)
	}
}

// containers lists the containers of an owner, as the engine names them.
func containers(t *testing.T, owner string) string {
	t.Helper()
	var all []struct {
		Names  []string
		State  string
		Labels map[string]string
	}
	callEngineInto(t, http.MethodGet, "/containers/json?all=1", "", &all)
	var names []string
	for _, c := range all {
		name, mine := strings.CutPrefix(c.Names[0], "/"+owner)
		if mine {
			names = append(names, fmt.Sprintf("%s %s %s", name, c.State, c.Labels["io.github.dockerhv.name"]))
		}
	}
	return strings.Join(names, "; ")
}

// 26: what a Replace left that nobody completed goes with the instance.
func TestDestroyTakesWhatReplaceLeft(t *testing.T) {
	image := busybox(t, open(t, "cutoff"))
	proxy := enginetest.NewProxy(t, enginetest.Endpoint(t))
	spec := sleeper("victim", image)
	begin(t, open(t, "cutoff"), spec)
	defer clearAll(t, spec)
	gate := newGate(t, strings.TrimPrefix(proxy.Endpoint(), "unix://"))
	victim := openImpatient(t, gate.endpoint)
	proxy.On("POST /containers/create", 0, enginetest.After(gate.cut))
	if err := replaceBy(driver.ReplaceOptions{StartFirst: true})(victim, t, spec); err == nil {
		t.Fatal("no error")
	}
	if got, want := containers(t, "cutoff"), ".victim created another; ._replaced-.victim running "; got != want {
		t.Fatalf("there is %q, want %q", got, want)
	}
	d := open(t, "cutoff")
	all, err := d.List(t.Context(), driver.Filter{})
	if err != nil || len(all) != 1 || all[0].Name != "another" {
		t.Errorf("listed is %+v, %v", all, err)
	}
	if err := d.Destroy(t.Context(), spec.ID, driver.DestroyOptions{Force: true}); err != nil {
		t.Fatal(err)
	}
	if left := containers(t, "cutoff"); left != "" {
		t.Errorf("there is left %q", left)
	}
}

// 26: an engine that starts again leaves what is retired at rest, whatever its policy.
func TestRetiredStaysAtRest(t *testing.T) {
	e, d, image := private(t, nil)
	spec := sleeper("gone", image)
	spec.Restart.Policy = driver.RestartAlways
	begin(t, d, spec)
	if err := retire(d, t, spec); err != nil {
		t.Fatal(err)
	}
	if err := e.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	if h, err := d.Host(t.Context()); err != nil || h.Running != 0 {
		t.Errorf("%d run, %v", h.Running, err)
	}
	if err := d.Restore(t.Context(), spec.ID); err != nil {
		t.Fatal(err)
	}
	if i := inspect(t, d, spec.ID); i.State != driver.Exited || i.Restart.Policy != driver.RestartAlways {
		t.Errorf("%s, %+v", i.State, i.Restart)
	}
}
