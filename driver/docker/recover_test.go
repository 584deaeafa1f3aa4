package docker_test

import (
	"errors"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/driver/docker"
	"github.com/dockerhv/dockerhv/internal/enginetest"
)

// 39, 41, 42: whoever is started anew needs the engine and the owner, learns of every
// exit how and when it was, and pays one request, one for each instance at rest, and one
// for the cause of each exit. None of them changes anything.
func TestRecover(t *testing.T) {
	proxy, before, image := faulty(t, "recover")
	keeper := open(t, "recover") // which outlives the one that is closed
	ends := sleeper("ends", image)
	ends.Command = []string{"sh", "-c", "exit 7"}
	killed := sleeper("killed", image)
	for _, spec := range []driver.Spec{sleeper("created", image), sleeper("paused", image), sleeper("runs", image), ends, killed} {
		create(t, keeper, spec)
		if spec.ID != "created" {
			start(t, before, spec.ID)
		}
	}
	if err := errors.Join(
		before.Pause(t.Context(), "paused"), before.Signal(t.Context(), "killed", "SIGKILL"), before.Close(),
	); err != nil {
		t.Fatal(err)
	}
	anew := openAt(t, driver.Endpoint{URL: proxy.Endpoint()}, docker.Options{Owner: "recover"})
	for deadline := time.Now().Add(30 * time.Second); len(states(t, anew)) == 0 || slices.Contains(states(t, anew)[1:3], driver.Running); {
		if time.Now().After(deadline) {
			t.Fatal("they do not end")
		}
		time.Sleep(50 * time.Millisecond)
	}
	proxy.Calls()
	r, err := driver.Recover(t.Context(), anew)
	if err != nil {
		t.Fatal(err)
	}
	calls := proxy.Calls()
	slices.Sort(calls)
	look := "GET /containers/*/json"
	record := "GET /events" // why it ended
	if diff := cmp.Diff([]string{look, look, look, "GET /containers/json", record, record}, calls); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"created", "ends", "killed", "paused", "runs"}, ids(r.Instances)); diff != "" {
		t.Fatalf("instances (-want +got):\n%s", diff)
	}
	for n, want := range []driver.State{driver.Created, driver.Exited, driver.Exited, driver.Paused, driver.Running} {
		if r.Instances[n].State != want {
			t.Errorf("%s is %s; want %s", r.Instances[n].ID, r.Instances[n].State, want)
		}
	}
	for n, code := range map[int]int{1: 7, 2: 137} {
		i := r.Instances[n]
		if i.Exit == nil || i.Exit.Code != code || i.Exit.OOM || i.Finished.IsZero() || i.Started.IsZero() {
			t.Errorf("%s: started %v, finished %v, exit %+v", i.ID, i.Started, i.Finished, i.Exit)
		}
	}
}

// 42: one instance that can't be looked at fails the recovery, and nothing else.
func TestRecoverThatFails(t *testing.T) {
	proxy, d, image := faulty(t, "recfails")
	create(t, d, sleeper("rests", image))
	create(t, d, sleeper("runs", image))
	start(t, d, "runs")
	before := inspect(t, d, "runs")
	proxy.Calls()
	proxy.On("GET /containers/*/json", 0, enginetest.Answer(http.StatusServiceUnavailable))
	_, err := driver.Recover(t.Context(), d)
	wantError(t, err, dockerhv.ErrUnavailable)
	for _, call := range proxy.Calls() {
		if !strings.HasPrefix(call, "GET ") {
			t.Errorf("it calls %s", call)
		}
	}
	if after := inspect(t, d, "runs"); !after.Started.Equal(before.Started) || after.State != driver.Running {
		t.Errorf("it was %+v, and is %+v", before, after)
	}
}

// 10, 38, 43: an instance that the engine failed to destroy is destroyed by the recovery,
// or told if it fails again.
func TestRecoverDestroysWhatIsDead(t *testing.T) {
	e, d, image := private(t, nil)
	i := create(t, d, sleeper("dead", image))
	create(t, d, sleeper("lives", image))
	start(t, d, "lives")
	held := filepath.Join(filepath.Dir(strings.TrimPrefix(e.Endpoint(), "unix://")), "data", "containers", i.HostID, "held")
	if err := os.WriteFile(held, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if output, err := exec.CommandContext(t.Context(), "chattr", "+i", held).CombinedOutput(); err != nil {
		t.Skipf("this file system can't hold a file: %v: %s", err, output)
	}
	release := func() { runTool(t, "chattr", "-i", held) }
	t.Cleanup(func() { _ = exec.CommandContext(cleanup(t), "chattr", "-i", held).Run() })
	if err := d.Destroy(t.Context(), i.ID, driver.DestroyOptions{}); err == nil {
		t.Fatal("it was destroyed")
	}
	r, err := driver.Recover(t.Context(), openAt(t, driver.Endpoint{URL: e.Endpoint()}, docker.Options{Owner: "private"}))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"dead"}, r.Unfinished); diff != "" || r.Instances[0].State != driver.Dead {
		t.Errorf("%+v; unfinished (-want +got):\n%s", r, diff)
	}
	release()
	r, err = driver.Recover(t.Context(), openAt(t, driver.Endpoint{URL: e.Endpoint()}, docker.Options{Owner: "private"}))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"dead"}, r.Destroyed); diff != "" || len(r.Unfinished) > 0 || len(r.Instances) != 1 {
		t.Errorf("%+v; destroyed (-want +got):\n%s", r, diff)
	}
	if i := inspect(t, d, "lives"); i.State != driver.Running {
		t.Errorf("the other is %s", i.State)
	}
}

// 38, 43: a process is killed in the middle of Create, between one NIC and the next, or
// before the files. That is told, and the same Create completes it.
func TestRecoverTellsWhatIsIncomplete(t *testing.T) {
	proxy, d, image := faulty(t, "half")
	var network struct{ ID string }
	if status := callEngineInto(t, http.MethodPost, "/networks/create", `{"Name":"half","IPAM":{"Config":[{"Subnet":"10.97.0.0/24"}]}}`, &network); status != http.StatusCreated {
		t.Fatalf("create network: status %d", status)
	}
	t.Cleanup(func() { callEngine(t, http.MethodDelete, "/networks/"+network.ID, "") })
	nics, files := sleeper("one", image), sleeper("one", image)
	nics.NICs = []driver.NIC{{}, {Network: "half"}}
	files.Files = []driver.File{{Path: "/told", Content: []byte("x")}}
	for call, spec := range map[string]driver.Spec{
		"POST /networks/*/connect": nics, "PUT /containers/*/archive": files,
	} {
		t.Run(call, func(t *testing.T) {
			v := victim{Endpoint: proxy.Endpoint(), Owner: "half", Spec: spec}
			if host, err := d.Host(t.Context()); err != nil || strings.Contains(call, "networks") && host.APIVersion >= "1.44" && connectsAtOnce {
				t.Skip("this engine connects all NICs at once")
			}
			kill := v.run(t)
			killed := make(chan struct{})
			proxy.On(call, 0, enginetest.Instead(func() {
				kill()
				close(killed)
			}))
			select {
			case <-killed:
			case <-time.After(30 * time.Second):
				t.Fatal("the victim never came to it")
			}
			anew := open(t, "half")
			r, err := driver.Recover(t.Context(), anew)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]string{"one"}, r.Unfinished); diff != "" {
				t.Errorf("unfinished (-want +got):\n%s", diff)
			}
			create(t, anew, spec)
			start(t, anew, spec.ID)
			if i := inspect(t, anew, spec.ID); i.Incomplete || len(i.NICs) != max(1, len(spec.NICs)) {
				t.Errorf("completed it is %+v", i)
			}
			if len(spec.Files) > 0 && output(t, anew, spec.ID, "cat /told") != "x" {
				t.Error("the file is missing")
			}
		})
	}
}

// connectsAtOnce is whether Create connects all NICs in one call, where an engine can.
const connectsAtOnce = false
