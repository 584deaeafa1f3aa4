package docker_test

import (
	"context"
	"errors"
	"io"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/driver/docker"
	"github.com/dockerhv/dockerhv/internal/enginetest"
	"github.com/dockerhv/dockerhv/template"
)

// everyCall makes each call that a driver has, of an instance that there is.
func everyCall(t *testing.T, d *docker.Driver, spec driver.Spec, image template.Image) map[string]func(context.Context) error {
	t.Helper()
	id, store := spec.ID, d.Images()
	return map[string]func(context.Context) error{
		"Host":       func(ctx context.Context) error { _, err := d.Host(ctx); return err },
		"Create":     func(ctx context.Context) error { _, err := d.Create(ctx, spec); return err },
		"Start":      func(ctx context.Context) error { return d.Start(ctx, id) },
		"Stop":       func(ctx context.Context) error { return d.Stop(ctx, id, driver.StopOptions{}) },
		"Restart":    func(ctx context.Context) error { return d.Restart(ctx, id, driver.StopOptions{}) },
		"Destroy":    func(ctx context.Context) error { return d.Destroy(ctx, id, driver.DestroyOptions{Force: true}) },
		"Inspect":    func(ctx context.Context) error { _, err := d.Inspect(ctx, id); return err },
		"List":       func(ctx context.Context) error { _, err := d.List(ctx, driver.Filter{}); return err },
		"Wait":       func(ctx context.Context) error { _, err := d.Wait(ctx, id); return err },
		"Pause":      func(ctx context.Context) error { return d.Pause(ctx, id) },
		"Unpause":    func(ctx context.Context) error { return d.Unpause(ctx, id) },
		"Signal":     func(ctx context.Context) error { return d.Signal(ctx, id, "HUP") },
		"Resize":     func(ctx context.Context) error { return d.Resize(ctx, id, driver.Resources{CPUs: 1}) },
		"SetRestart": func(ctx context.Context) error { return d.SetRestart(ctx, id, driver.Restart{}) },
		"Replace": func(ctx context.Context) error {
			_, err := d.Replace(ctx, spec, driver.ReplaceOptions{})
			return err
		},
		"Retire":       func(ctx context.Context) error { return d.Retire(ctx, id, driver.StopOptions{}) },
		"Restore":      func(ctx context.Context) error { return d.Restore(ctx, id) },
		"Purge":        func(ctx context.Context) error { return d.Purge(ctx, id) },
		"Suspend":      func(ctx context.Context) error { return d.Suspend(ctx, id) },
		"Resume":       func(ctx context.Context) error { return d.Resume(ctx, id) },
		"Console":      func(ctx context.Context) error { return d.Console(ctx, id, driver.ConsoleOptions{}) },
		"AwaitHealthy": func(ctx context.Context) error { return d.AwaitHealthy(ctx, id) },
		"Plan":         func(ctx context.Context) error { _, err := d.Plan(ctx, spec); return err },
		"Capture": func(ctx context.Context) error {
			_, err := d.Capture(ctx, id, driver.CaptureOptions{Reference: "localhost/closed:1"})
			return err
		},
		"Exec": func(ctx context.Context) error {
			_, err := d.Exec(ctx, id, driver.Command{Args: []string{"true"}})
			return err
		},
		"CopyIn":  func(ctx context.Context) error { return d.CopyIn(ctx, id, "/", strings.NewReader("")) },
		"CopyOut": func(ctx context.Context) error { _, err := d.CopyOut(ctx, id, "/"); return err },
		"Stats":   func(ctx context.Context) error { _, err := d.Stats(ctx, driver.Filter{}); return err },
		"Logs": func(ctx context.Context) (last error) {
			for _, err := range d.Logs(ctx, id, driver.LogOptions{Follow: true}) {
				last = err
			}
			return last
		},
		"Events": func(ctx context.Context) (last error) {
			for _, err := range d.Events(ctx) {
				last = err
			}
			return last
		},
		"CreateNetwork": func(ctx context.Context) error {
			_, err := d.CreateNetwork(ctx, driver.NetworkSpec{ID: "n1"})
			return err
		},
		"Networks":       func(ctx context.Context) error { _, err := d.Networks(ctx); return err },
		"DestroyNetwork": func(ctx context.Context) error { return d.DestroyNetwork(ctx, "n1") },
		"PlugNIC":        func(ctx context.Context) error { return d.PlugNIC(ctx, id, driver.NIC{Network: "n1"}) },
		"UnplugNIC":      func(ctx context.Context) error { return d.UnplugNIC(ctx, id, "n1") },
		"Volumes":        func(ctx context.Context) error { _, err := d.Volumes(ctx); return err },
		"DestroyVolume":  func(ctx context.Context) error { return d.DestroyVolume(ctx, "v1") },
		"Health":         func(ctx context.Context) error { _, err := d.Health(ctx); return err },
		"Capabilities":   func(ctx context.Context) error { _, err := d.Capabilities(ctx); return err },
		"a wrong Create": func(ctx context.Context) error { _, err := d.Create(ctx, driver.Spec{}); return err },
		"Image":          func(ctx context.Context) error { _, err := store.Image(ctx, image.Reference); return err },
		"Remove":         func(ctx context.Context) error { return store.Remove(ctx, image.Reference) },
		"Pull": func(ctx context.Context) error {
			_, err := role[template.Puller](t, d).Pull(ctx, image.Reference, template.PullOptions{})
			return err
		},
		"Load": func(ctx context.Context) error { return role[template.Loader](t, d).Load(ctx, strings.NewReader("")) },
		"Tag":  func(ctx context.Context) error { return role[template.Tagger](t, d).Tag(ctx, image.ID, "closed:1") },
		"Stored": func(ctx context.Context) error {
			_, err := role[template.Lister](t, d).Stored(ctx)
			return err
		},
		"Used": func(ctx context.Context) error {
			_, err := role[template.Measurer](t, d).Used(ctx)
			return err
		},
		"DialBuild": func(ctx context.Context) error {
			_, err := role[template.BuildDialer](t, d).DialBuild(ctx, "/grpc", "h2c", nil)
			return err
		},
	}
}

// role is one of the roles of a driver's image store.
func role[T any](t *testing.T, d driver.Driver) T {
	t.Helper()
	r, ok := d.Images().(T)
	if !ok {
		t.Fatalf("the store %T is no %T", d.Images(), &r)
	}
	return r
}

// 131: after Close every call fails with ErrClosed, at once and without a request;
// the instance runs on.
func TestClosed(t *testing.T) {
	keeper := open(t, "closed")
	image := busybox(t, keeper)
	spec := sleeper("closed", image)
	create(t, keeper, spec)
	start(t, keeper, spec.ID)
	proxy, d, _ := faulty(t, "closed")
	if _, err := d.Inspect(t.Context(), spec.ID); err != nil {
		t.Fatal(err) // which remembers the container
	}
	proxy.Calls()
	for range 2 {
		if err := d.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	}
	all := everyCall(t, d, spec, image)
	for i, v := 0, reflect.TypeOf(d); i < v.NumMethod(); i++ {
		if name := v.Method(i).Name; all[name] == nil && name != "Close" && name != "Images" && name != "Dump" {
			t.Errorf("everyCall does not make the call %s", name)
		}
	}
	for name, call := range all {
		begun := time.Now()
		err := call(t.Context())
		if took := time.Since(begun); took > 5*time.Second {
			t.Errorf("%s took %v", name, took)
		}
		wantError(t, err, dockerhv.ErrClosed)
		if errors.Is(err, context.Canceled) || errors.Is(err, dockerhv.ErrUnavailable) {
			t.Errorf("%s: %v is told as given up, or as of a host that is away", name, err)
		}
	}
	if calls := proxy.Calls(); len(calls) > 0 {
		t.Errorf("a closed driver called %q", calls)
	}
	if i := inspect(t, keeper, spec.ID); i.State != driver.Running {
		t.Errorf("the instance is %s", i.State)
	}
}

// 131: what is under way when the driver is closed ends with ErrClosed, and leaves no
// goroutine.
func TestCloseEndsWhatIsUnderWay(t *testing.T) {
	keeper := open(t, "underway")
	image := busybox(t, keeper)
	spec := sleeper("underway", image)
	spec.Command = []string{"sh", "-c", "trap '' TERM; echo ready; while :; do sleep 0.1; done"}
	create(t, keeper, spec)
	start(t, keeper, spec.ID)
	waitForLine(t, keeper, spec.ID, "ready")
	before := goroutines()
	d, err := docker.Open(t.Context(), driver.Endpoint{URL: enginetest.Endpoint(t)}, docker.Options{Owner: "underway"})
	if err != nil {
		t.Fatal(err)
	}
	all := everyCall(t, d, spec, image)
	all["Stop"] = func(ctx context.Context) error { return d.Stop(ctx, spec.ID, driver.StopOptions{Grace: time.Minute}) }
	all["Exec"] = func(ctx context.Context) error {
		_, err := d.Exec(ctx, spec.ID, driver.Command{Args: []string{"sh", "-c", "while :; do sleep 0.1; done"}})
		return err
	}
	archive, err := d.CopyOut(t.Context(), spec.ID, "/bin")
	if err != nil {
		t.Fatal(err)
	}
	results := make(map[string]chan error)
	for _, name := range []string{"Stop", "Exec", "Logs", "Events", "Wait"} {
		results[name] = make(chan error, 1)
		go func(result chan<- error) { result <- all[name](t.Context()) }(results[name])
	}
	time.Sleep(time.Second) // until they are under way
	if err := d.Close(); err != nil {
		t.Error(err)
	}
	results["CopyOut"] = make(chan error, 1)
	_, err = io.Copy(io.Discard, archive)
	results["CopyOut"] <- errors.Join(err, archive.Close())
	for name, result := range results {
		select {
		case err := <-result:
			if !errors.Is(err, dockerhv.ErrClosed) || errors.Is(err, context.Canceled) {
				t.Errorf("%s: %v, want ErrClosed", name, err)
			}
		case <-time.After(20 * time.Second):
			t.Errorf("%s goes on", name)
		}
	}
	noMoreGoroutines(t, before)
	if i := inspect(t, keeper, spec.ID); i.State != driver.Running {
		t.Errorf("the instance is %s", i.State)
	}
}

// 127, 131: a host that does not answer holds Close up as little as another host.
func TestCloseWhileTheHostHangs(t *testing.T) {
	proxy, d, _ := faulty(t, "hangs")
	other := open(t, "hangs")
	proxy.On("GET /containers/json", 0, enginetest.Delay(time.Minute))
	result := make(chan error, 1)
	go func() {
		_, err := d.List(t.Context(), driver.Filter{})
		result <- err
	}()
	for deadline := time.Now().Add(10 * time.Second); !slices.Contains(proxy.Calls(), "GET /containers/json"); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the call was not made")
		}
	}
	begun := time.Now()
	if _, err := other.List(t.Context(), driver.Filter{}); err != nil {
		t.Error(err)
	}
	if err := d.Close(); err != nil {
		t.Error(err)
	}
	wantError(t, <-result, dockerhv.ErrClosed)
	if took := time.Since(begun); took > 20*time.Second {
		t.Errorf("it took %v", took)
	}
}
