package docker_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/internal/enginetest"
	"github.com/dockerhv/dockerhv/template"
)

// captureLater removes a capture when the test ends.
func captureLater(t *testing.T, d driver.Driver, ref string) {
	t.Helper()
	undo(t, d, "", func(ctx context.Context, d driver.Driver) error { return d.Images().Remove(ctx, ref) })
}

// A capture has no owner nor anything else of its instance's, but what it runs and the
// labels that are wanted; and what it was asked to say.
func TestCaptureSays(t *testing.T) {
	d := open(t, "captures")
	image := busybox(t, d)
	spec := sleeper("secretive", image)
	spec.Name, spec.StopSignal, spec.Env = "a name", "SIGUSR1", map[string]string{"KEPT": "yes"}
	spec.Labels = map[string]string{"tier": "web", "kept": "too"}
	spec.Files = []driver.File{{Path: "/given", Content: []byte("x")}}
	create(t, d, spec)
	captureLater(t, d, "localhost/captures:1")
	got, err := driver.Capture(t.Context(), d, "secretive", driver.CaptureOptions{
		Reference: "localhost/captures:1", Author: "me", Message: "for the test", Labels: map[string]string{"tier": "db"},
		Changes: []string{`CMD ["echo", "changed"]`, "USER nobody", "expose 80/tcp"},
	})
	if err != nil {
		t.Fatal(err)
	}
	var raw struct {
		Author, Comment string
		Config          struct {
			Cmd, Env         []string
			User, StopSignal string
			Labels           map[string]string
			ExposedPorts     map[string]struct{}
		}
	}
	callEngineInto(t, http.MethodGet, "/images/"+url.PathEscape(got.ID)+"/json", "", &raw)
	if raw.Author != "me" || raw.Comment != "for the test" && raw.Comment != "" { // which containerd's store keeps in the history alone
		t.Errorf("author %q, comment %q", raw.Author, raw.Comment)
	}
	c := raw.Config
	if strings.Join(c.Cmd, " ") != "echo changed" || c.User != "nobody" || c.StopSignal != "SIGUSR1" ||
		!strings.Contains(strings.Join(c.Env, " "), "KEPT=yes") || len(c.ExposedPorts) != 1 {
		t.Errorf("the image's configuration is %+v", c)
	}
	if c.Labels["tier"] != "db" || c.Labels["kept"] != "too" {
		t.Errorf("the labels are %v", c.Labels)
	}
	for name, value := range c.Labels {
		if strings.HasPrefix(name, "io.github.dockerhv.") && value != "" && name != "io.github.dockerhv.capture" {
			t.Errorf("the label %s is %q", name, value)
		}
	}
}

// 29: whatever is lost of a capture, the same call again gives one image, and nothing
// without a name is left.
func TestCaptureUnderFaults(t *testing.T) {
	proxy, d, image := faulty(t, "captured")
	start(t, d, create(t, d, sleeper("victim", image)).ID)
	opts := driver.CaptureOptions{Reference: "localhost/captured:1"}
	for name, fault := range map[string]enginetest.Fault{
		"the request is lost":     enginetest.LoseRequest(),
		"the response is lost":    enginetest.LoseResponse(),
		"the request comes twice": enginetest.Duplicate(),
		"the answer is cut":       enginetest.Truncate(3),
		"the engine says 500":     enginetest.Answer(http.StatusInternalServerError),
	} {
		for _, call := range []string{"POST /commit", "POST /images/*/tag"} {
			t.Run(name+" of "+call, func(t *testing.T) {
				enginetest.AssertUnchanged(t)
				captureLater(t, d, opts.Reference)
				proxy.On(call, 0, fault)
				_, _ = driver.Capture(t.Context(), d, "victim", opts)
				if proxy.Pending() != 0 {
					t.Fatalf("the fault hit nothing; the calls were %q", proxy.Calls())
				}
				first, err := driver.Capture(t.Context(), d, "victim", opts)
				if err != nil {
					t.Fatal(err)
				}
				again, err := driver.Capture(t.Context(), d, "victim", opts)
				if err != nil || again != first {
					t.Errorf("again it is %+v (%v), not %+v", again, err, first)
				}
				if i := inspect(t, d, "victim"); i.State != driver.Running {
					t.Errorf("the instance is %s", i.State)
				}
			})
		}
	}
}

// A caller that gives up while the engine makes the image leaves one without a name,
// which the same call again takes for its own.
func TestCaptureGivenUp(t *testing.T) {
	proxy, d, image := faulty(t, "givenup")
	create(t, d, sleeper("victim", image))
	opts := driver.CaptureOptions{Reference: "localhost/givenup:1"}
	captureLater(t, d, opts.Reference)
	ctx, cancel := context.WithCancel(t.Context())
	proxy.On("POST /commit", 0, enginetest.After(cancel))
	proxy.On("GET /images/json", 1, enginetest.Answer(http.StatusServiceUnavailable)) // it can't be taken back either
	_, err := driver.Capture(ctx, d, "victim", opts)
	wantError(t, err, context.Canceled)
	left := dangling(t)
	if len(left) != 1 {
		t.Fatalf("without a name are %v", left)
	}
	got, err := driver.Capture(t.Context(), d, "victim", opts)
	if err != nil {
		t.Fatal(err)
	}
	if got.ID != left[0] || len(dangling(t)) > 0 {
		t.Errorf("it became %s, and not %s; without a name are %v", got.ID, left[0], dangling(t))
	}
}

// dangling lists the images without a name.
func dangling(t *testing.T) (ids []string) {
	t.Helper()
	var images []struct{ ID string }
	callEngineInto(t, http.MethodGet, "/images/json?filters="+url.QueryEscape(`{"dangling":["true"]}`), "", &images)
	for _, i := range images {
		ids = append(ids, i.ID)
	}
	return ids
}

// A running instance stands still unless it is captured live.
func TestCapturePauses(t *testing.T) {
	proxy, d, image := faulty(t, "paused")
	start(t, d, create(t, d, sleeper("victim", image)).ID)
	for ref, live := range map[string]bool{"localhost/paused:still": false, "localhost/paused:live": true} {
		var pause string
		proxy.On("POST /commit", 0, enginetest.Look(func(r *http.Request) { pause = r.URL.Query().Get("pause") }))
		captureLater(t, d, ref)
		if _, err := driver.Capture(t.Context(), d, "victim", driver.CaptureOptions{Reference: ref, Live: live}); err != nil {
			t.Fatal(err)
		}
		if (pause == "0") != live {
			t.Errorf("live %t asks for pause %q", live, pause)
		}
	}
}

// A name that is no reference is refused before the engine is asked.
func TestCaptureReference(t *testing.T) {
	proxy, d, image := faulty(t, "named")
	create(t, d, sleeper("victim", image))
	proxy.Calls()
	for _, ref := range []string{"UPPER", "a b", "localhost/x:" + strings.Repeat("y", 200), "-"} {
		got, err := driver.Capture(t.Context(), d, "victim", driver.CaptureOptions{Reference: ref})
		wantError(t, err, dockerhv.ErrInvalid)
		if got != (template.Image{}) {
			t.Errorf("%s: it returns %+v", ref, got)
		}
	}
	if calls := proxy.Calls(); len(calls) > 0 {
		t.Errorf("the engine was asked: %v", calls)
	}
}
