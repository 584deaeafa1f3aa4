package docker_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/driver/docker"
	"github.com/dockerhv/dockerhv/internal/enginetest"
)

// 38, 101: whatever call is lost, before the engine saw it or after, the same Create
// makes one volume and one instance, and the same Destroy leaves none of either. A
// process that ends there takes nothing back: that fails, too.
func TestVolumesConverge(t *testing.T) {
	d := open(t, "converge")
	spec := sleeper("converge", busybox(t, d))
	spec.Mounts = []driver.Mount{
		{Type: driver.MountVolume, Source: "one", Target: "/one"}, {Type: driver.MountVolume, Source: "two", Target: "/two"},
	}
	whole := driver.DestroyOptions{Volumes: true}
	for _, tc := range []struct {
		verb, call string
		skip       int
	}{
		{"create", "GET /volumes/*", 0},
		{"create", "POST /volumes/*", 0},
		{"create", "GET /volumes/*", 1},
		{"create", "POST /volumes/*", 1},
		{"create", "POST /containers/create", 0},
		{"destroy", "DELETE /containers/*", 0},
		{"destroy", "GET /volumes", 0},
		{"destroy", "GET /volumes", 1},
		{"destroy", "DELETE /volumes/*", 0},
		{"destroy", "DELETE /volumes/*", 1},
	} {
		faults := map[string]enginetest.Fault{"request": enginetest.LoseRequest(), "answer": enginetest.LoseResponse()}
		if strings.HasPrefix(tc.call, "GET") { // which the client repeats by itself when it is lost
			faults = map[string]enginetest.Fault{"failure": enginetest.Answer(http.StatusInternalServerError)}
		}
		for name, fault := range faults {
			t.Run(fmt.Sprintf("%s/%s/%d/%s", tc.verb, tc.call, tc.skip, name), func(t *testing.T) {
				proxy := enginetest.NewProxy(t, enginetest.Endpoint(t))
				hit, err := docker.Open(t.Context(), driver.Endpoint{URL: proxy.Endpoint()}, docker.Options{Owner: "converge"})
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { _ = hit.Close() })
				proxy.On(tc.call, tc.skip, fault)
				if tc.verb == "create" {
					proxy.On("DELETE /volumes/*", 0, enginetest.Answer(http.StatusInternalServerError))
					_, err = hit.Create(t.Context(), spec)
				} else {
					create(t, d, spec)
					err = hit.Destroy(t.Context(), spec.ID, whole)
				}
				if err == nil {
					t.Fatal("the fault hit nothing")
				}
				if tc.verb == "create" { // again, by a process that knows nothing
					create(t, open(t, "converge"), spec)
					assertVolumes(t, d, "one", "two")
				}
				destroy(t, open(t, "converge"), spec.ID, whole)
				assertVolumes(t, d)
			})
		}
	}
}

func assertVolumes(t *testing.T, d driver.Driver, want ...string) {
	t.Helper()
	var names []string
	for _, v := range volumes(t, d) {
		names = append(names, v.Name)
	}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("volumes (-want +got):\n%s", diff)
	}
}

// What a volume costs: one request where it is there, and one more where it is not.
func TestVolumeCalls(t *testing.T) {
	proxy, d, image := faulty(t, "calls")
	spec := sleeper("calls", image)
	spec.Mounts = []driver.Mount{{Type: driver.MountVolume, Source: "data", Target: "/data"}, {Type: driver.MountVolume, Target: "/own"}}
	create(t, d, spec)
	if diff := cmp.Diff([]string{"GET /volumes/*", "POST /volumes/*", "POST /containers/create"}, proxy.Calls()); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
	destroy(t, d, spec.ID, driver.DestroyOptions{})
	proxy.Calls()
	create(t, d, spec)
	if diff := cmp.Diff([]string{"GET /volumes/*", "POST /containers/create"}, proxy.Calls()); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
	destroy(t, d, spec.ID, driver.DestroyOptions{Volumes: true})
}
