package docker_test

import (
	"net/http"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/internal/enginetest"
	"github.com/dockerhv/dockerhv/template"
	"github.com/dockerhv/dockerhv/template/repository"
)

// 5: ten minutes are asked for in full, and no time-out of the client's or of the kill
// budget is in the way: the answer is held back for longer than any that there is.
func TestTenMinutesOfGrace(t *testing.T) {
	if testing.Short() {
		t.Skip("it holds an answer back for 25 seconds")
	}
	proxy, d, image := impatient(t, "patient")
	for name, tc := range map[string]struct {
		spec time.Duration
		call driver.StopOptions
		want string // of the call's query
	}{
		"the call's":      {0, driver.StopOptions{Grace: 10 * time.Minute}, "600"},
		"the spec's":      {10 * time.Minute, driver.StopOptions{}, ""},
		"a part of one":   {0, driver.StopOptions{Grace: 10*time.Minute - time.Millisecond}, "600"},
		"more than a day": {0, driver.StopOptions{Grace: 36 * time.Hour}, "129600"},
	} {
		t.Run(name, func(t *testing.T) {
			spec := sleeper("i1", image)
			spec.StopGrace = tc.spec
			hostID := create(t, d, spec).HostID
			start(t, d, "i1")
			waitForLine(t, d, "i1", "ready")
			hold := 2 * time.Second // longer than the kill budget
			if tc.call.Grace == 10*time.Minute {
				hold = 25 * time.Second
			}
			proxy.On("POST /containers/*/stop", 0, enginetest.Look(func(r *http.Request) {
				if got := r.URL.Query().Get("t"); got != tc.want {
					t.Errorf("the engine is asked for %q seconds, want %q", got, tc.want)
				}
				time.Sleep(hold)
			}))
			if err := d.Stop(t.Context(), "i1", tc.call); err != nil {
				t.Fatal(err)
			}
			if i := inspect(t, d, "i1"); i.Exit == nil || i.Exit.Code != 0 || i.Exit.Cause != driver.ExitStopped {
				t.Errorf("exit %+v", i.Exit)
			}
			var kept struct{ Config struct{ StopTimeout int } }
			callEngineInto(t, http.MethodGet, "/containers/"+hostID+"/json", "", &kept)
			if want := int(max(tc.spec, driver.DefaultStopGrace).Seconds()); kept.Config.StopTimeout != want {
				t.Errorf("the engine keeps a grace of %d seconds, want %d", kept.Config.StopTimeout, want)
			}
		})
	}
}

// 4: an image's own signal counts, unless the spec has one.
func TestStopSignalOfTheImage(t *testing.T) {
	d := open(t, "stopsignal")
	busybox(t, d)
	ref, _ := enginetest.PushBusybox(t, enginetest.Registry(t), "signal:1", enginetest.WithConfig(func(c *v1.Config) { c.StopSignal = "SIGINT" }))
	image, err := repository.Source{Reference: ref}.Install(t.Context(), d.Images(), template.InstallOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Images().Remove(cleanup(t), image.Reference); err != nil {
			t.Error(err)
		}
	})
	for signal, want := range map[string]int{"": 2, "SIGTERM": 15, "SIGUSR1": 10} {
		spec := sleeper("i1", image)
		spec.StopSignal = signal
		spec.Command = []string{"sh", "-c", "for s in 2 10 15; do trap \"exit $s\" $s; done; echo ready; while :; do sleep 0.1; done"}
		create(t, d, spec)
		start(t, d, "i1")
		waitForLine(t, d, "i1", "ready")
		if err := d.Stop(t.Context(), "i1", driver.StopOptions{}); err != nil {
			t.Fatal(err)
		}
		if i := inspect(t, d, "i1"); i.Exit.Code != want {
			t.Errorf("with the spec's signal %q it got %d, want %d", signal, i.Exit.Code, want)
		}
		if err := d.Destroy(t.Context(), "i1", driver.DestroyOptions{}); err != nil {
			t.Fatal(err)
		}
	}
}
