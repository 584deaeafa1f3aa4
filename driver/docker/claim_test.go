package docker_test

import (
	"bytes"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/driver/docker"
	"github.com/dockerhv/dockerhv/internal/enginetest"
)

// claimants asks the engine itself for the names of an owner's containers.
func claimants(t *testing.T, owner string) (names []string) {
	t.Helper()
	var all []struct{ Names []string }
	filters := url.QueryEscape(`{"label":["io.github.dockerhv.owner=` + owner + `"]}`)
	callEngineInto(t, http.MethodGet, "/containers/json?all=1&filters="+filters, "", &all)
	for _, c := range all {
		names = append(names, strings.TrimPrefix(c.Names[0], "/"))
	}
	return names
}

// 29, and pitfall 5: the engine has created and nobody hears of it. The same call
// again finds what there is, and can start it.
func TestCreateWhoseAnswerIsLost(t *testing.T) {
	proxy, d, image := faulty(t, "lost")
	for name, fault := range map[string]enginetest.Fault{
		"lost": enginetest.LoseResponse(), "reset": enginetest.Reset(), "cut": enginetest.Truncate(5),
		"sent twice": enginetest.Duplicate(),
	} {
		t.Run(name, func(t *testing.T) {
			spec := sleeper("one", image)
			proxy.On("POST /containers/create", 0, fault)
			if _, err := d.Create(t.Context(), spec); err != nil {
				wantError(t, err, dockerhv.ErrUnavailable)
			}
			i := create(t, d, spec)
			if diff := cmp.Diff([]string{"lost.one"}, claimants(t, "lost")); diff != "" {
				t.Errorf("containers (-want +got):\n%s", diff)
			}
			start(t, d, spec.ID)
			if got := inspect(t, d, spec.ID); got.HostID != i.HostID || got.State != driver.Running {
				t.Errorf("started %+v; created %s", got, i.HostID)
			}
		})
	}
}

// 29 and 145: a Create that is overtaken by another process's finds what that made.
func TestCreateIsOvertaken(t *testing.T) {
	proxy, d, image := faulty(t, "overtaken")
	other := openAt(t, driver.Endpoint{URL: proxy.Endpoint()}, docker.Options{Owner: "overtaken"})
	spec := sleeper("one", image)
	proxy.On("POST /containers/create", 0, enginetest.Reorder())
	slow := make(chan driver.Instance, 1)
	go func() {
		i, err := d.Create(t.Context(), spec)
		if err != nil {
			t.Error(err)
		}
		slow <- i
	}()
	for proxy.Pending() > 0 {
		time.Sleep(time.Millisecond)
	}
	quick := create(t, other, spec)
	if i := <-slow; i.HostID != quick.HostID {
		t.Errorf("two instances: %s and %s", i.HostID, quick.HostID)
	}
}

// 33, and pitfall 3: who has the name is gone when we look.
func TestNameIsFreedBeforeItIsLookedUp(t *testing.T) {
	proxy, d, image := faulty(t, "freed")
	foreign := createForeign(t, "freed.one", image.ID)
	proxy.On("POST /containers/create", 0, enginetest.After(func() {
		callEngine(t, http.MethodDelete, "/containers/"+foreign+"?force=1", "")
	}))
	create(t, d, sleeper("one", image))
	if diff := cmp.Diff([]string{"freed.one"}, claimants(t, "freed")); diff != "" {
		t.Errorf("containers (-want +got):\n%s", diff)
	}
	want := []string{"POST /containers/create", "GET /containers/*/json", "POST /containers/create"}
	if diff := cmp.Diff(want, proxy.Calls()); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
}

// phantom makes the engine keep a name of which it knows nothing, until stop is called.
func phantom(proxy *enginetest.Proxy, name string) (stop func()) {
	taken := proxy.Always(func(r *http.Request) bool {
		return strings.HasSuffix(r.URL.Path, "/containers/create") && r.URL.Query().Get("name") == name
	}, enginetest.Answer(http.StatusConflict))
	unknown := proxy.Always(func(r *http.Request) bool {
		return strings.HasSuffix(r.URL.Path, "/containers/"+name+"/json")
	}, enginetest.Answer(http.StatusNotFound))
	return func() {
		taken()
		unknown()
	}
}

// 34, and pitfall 4: the engine keeps a name of which it knows nothing. Another is
// used, and the log tells so. The instance is one all the same, also when the engine
// gives the name back.
func TestPhantomName(t *testing.T) {
	proxy, _, image := faulty(t, "phantom")
	var log bytes.Buffer
	d := openAt(t, driver.Endpoint{URL: proxy.Endpoint()}, docker.Options{
		Owner: "phantom", Logger: slog.New(slog.NewTextHandler(&log, nil)),
	})
	docker.SetPatience(d, time.Second)
	stop := phantom(proxy, "phantom.one")
	spec := sleeper("one", image)
	i := create(t, d, spec)
	if diff := cmp.Diff([]string{"phantom.-2.one"}, claimants(t, "phantom")); diff != "" {
		t.Errorf("containers (-want +got):\n%s", diff)
	}
	if !strings.Contains(log.String(), "phantom.-2.one") {
		t.Errorf("the log does not tell of the name: %s", &log)
	}
	again := func(d driver.Driver) {
		t.Helper()
		if got := create(t, d, spec); got.HostID != i.HostID {
			t.Errorf("created again it is %s, not %s", got.HostID, i.HostID)
		}
	}
	again(d)
	stop()
	again(d)
	anew := open(t, "phantom") // as after a restart of the process
	if _, err := driver.Recover(t.Context(), anew); err != nil {
		t.Fatal(err)
	}
	again(anew)
	start(t, anew, spec.ID)
	if err := anew.Destroy(t.Context(), spec.ID, driver.DestroyOptions{Force: true}); err != nil {
		t.Fatal(err)
	}
	if left := claimants(t, "phantom"); len(left) > 0 {
		t.Errorf("left: %q", left)
	}
}

// 34: if every name is kept, the error says what to do.
func TestPhantomNames(t *testing.T) {
	proxy, d, image := faulty(t, "phantoms")
	docker.SetPatience(d, 100*time.Millisecond)
	for _, name := range []string{"phantoms.one", "phantoms.-2.one", "phantoms.-3.one"} {
		phantom(proxy, name)
	}
	_, err := d.Create(t.Context(), sleeper("one", image))
	wantError(t, err, dockerhv.ErrConflict)
	if !strings.Contains(err.Error(), "restart the engine") {
		t.Errorf("%v does not say what to do", err)
	}
}

// 29, 34: two containers claim to be one instance. The one that was never started
// goes, whoever looks; two that both were started are left to people.
func TestTwoContainersOfOneInstance(t *testing.T) {
	d := open(t, "claims")
	image := busybox(t, d)
	spec := sleeper("one", image)
	second := func(name string) string {
		t.Helper()
		id := createForeign(t, name, image.ID, "io.github.dockerhv.owner", "claims", "io.github.dockerhv.instance", "one",
			"io.github.dockerhv.spec-hash", spec.Hash())
		return id
	}
	first := create(t, d, spec)
	start(t, d, spec.ID)
	second("claims.-2.one")
	anew := open(t, "claims")
	if i := inspect(t, anew, spec.ID); i.HostID != first.HostID {
		t.Errorf("it is %s, not %s, which runs", i.HostID, first.HostID)
	}
	if diff := cmp.Diff([]string{"claims.one"}, claimants(t, "claims")); diff != "" {
		t.Errorf("containers (-want +got):\n%s", diff)
	}
	// One by a name that no driver gives is not meant, and not touched.
	foreign := second("stranger")
	if i := inspect(t, open(t, "claims"), spec.ID); i.HostID != first.HostID {
		t.Errorf("it is %s, not %s", i.HostID, first.HostID)
	}
	if status := callEngine(t, http.MethodGet, "/containers/"+foreign+"/json", ""); status != http.StatusOK {
		t.Errorf("the stranger is gone: status %d", status)
	}
	started := second("claims.-3.one")
	callEngine(t, http.MethodPost, "/containers/"+started+"/start", "")
	_, err := open(t, "claims").Inspect(t.Context(), spec.ID)
	wantError(t, err, dockerhv.ErrConflict)
	for _, id := range []string{first.HostID, started} {
		if !strings.Contains(err.Error(), id) {
			t.Errorf("%v does not name %s", err, id)
		}
	}
	if err := errors.Join(d.Stop(t.Context(), spec.ID, driver.StopOptions{Grace: -1})); err != nil {
		t.Error(err)
	}
}
