package lease_test

import (
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/driver/docker"
	"github.com/dockerhv/dockerhv/internal/enginetest"
	"github.com/dockerhv/dockerhv/template"
	"github.com/dockerhv/dockerhv/template/lease"
	"github.com/dockerhv/dockerhv/template/repository"
	"github.com/dockerhv/dockerhv/template/tarfile"
)

func TestMain(m *testing.M) { enginetest.Main(m) }

// open opens the test's engine, by an endpoint or its own.
func open(t *testing.T, endpoint string) *docker.Driver {
	t.Helper()
	d, err := docker.Open(t.Context(), driver.Endpoint{URL: endpoint}, docker.Options{Owner: "lease"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d
}

// sources are templates of two formats, whose images nobody else has.
func sources(t *testing.T) map[string]template.TemplateSource {
	t.Helper()
	own := func(text string) enginetest.Change { return enginetest.WithPayload(int64(1000 + len(t.Name()+text))) }
	ref, _ := enginetest.PushBusybox(t, enginetest.Registry(t), "leased/"+strings.ToLower(filepath.Base(t.Name()))+":1", own("pushed"))
	archive := filepath.Join(t.TempDir(), "image.tar")
	enginetest.SaveBusybox(t, archive, "saved:1", own("saved image"))
	return map[string]template.TemplateSource{
		"repository": repository.Source{Reference: ref},
		"tarfile":    tarfile.Source{Path: archive},
	}
}

// 70, 72: an image of each kind lives as long as its lease and its instance, and goes after
// the delay, also when another process brought it.
func TestEngine(t *testing.T) {
	enginetest.AssertUnchanged(t)
	d := open(t, enginetest.Endpoint(t))
	for kind, source := range sources(t) {
		t.Run(kind, func(t *testing.T) {
			c := newClock()
			image, held := installed(t, c.keeper(t, d.Images(), lease.Options{}), source)
			if image.Cached {
				t.Fatalf("%+v was there before", image)
			}
			k := c.keeper(t, d.Images(), lease.Options{High: 1 << 50})
			wantSwept(t, k)
			c.turn(lease.DefaultDelay)
			wantSwept(t, k) // it is held
			if _, err := d.Create(t.Context(), driver.Spec{ID: "i1", Image: image.ID, Command: []string{"sleep", "1000"}}); err != nil {
				t.Fatal(err)
			}
			release(t, held)
			c.turn(time.Hour)
			wantSwept(t, k) // it is used, by what was never started
			if again, held := installed(t, k, source); again.ID != image.ID || !again.Cached {
				t.Errorf("installed again it is %+v, not %+v", again, image)
			} else {
				release(t, held)
			}
			if err := d.Destroy(t.Context(), "i1", driver.DestroyOptions{}); err != nil {
				t.Fatal(err)
			}
			wantSwept(t, k)
			c.turn(lease.DefaultDelay)
			wantSwept(t, k, lease.Unneeded)
			if _, err := d.Images().Image(t.Context(), image.ID); !errors.Is(err, dockerhv.ErrNotFound) {
				t.Errorf("the image is left: %v", err)
			}
		})
	}
}

// 71: what a user has named in the meantime stays, under the user's name and the template's.
func TestEngineKeepsWhatUsersHave(t *testing.T) {
	enginetest.AssertUnchanged(t)
	d := open(t, enginetest.Endpoint(t))
	for kind, source := range sources(t) {
		t.Run(kind, func(t *testing.T) {
			c := newClock()
			k := c.keeper(t, d.Images(), lease.Options{})
			image, held := installed(t, k, source)
			release(t, held)
			tag(t, d, image.ID, "user/own:1")
			wantSwept(t, k)
			c.turn(time.Hour)
			wantSwept(t, k, lease.Unneeded)
			wantSwept(t, k)
			for _, ref := range []string{image.Reference, "user/own:1"} {
				if got, err := d.Images().Image(t.Context(), ref); err != nil || got.ID != image.ID {
					t.Errorf("%s is %+v, %v", ref, got, err)
				}
				if err := d.Images().Remove(t.Context(), ref); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// An image without a name, which is nobody's to remove, outlives its lease.
func TestEngineKeepsWhatHasNoName(t *testing.T) {
	enginetest.AssertUnchanged(t)
	d := open(t, enginetest.Endpoint(t))
	image, held := installed(t, newClock().keeper(t, d.Images(), lease.Options{}), sources(t)["tarfile"])
	release(t, held)
	// As "docker build" without a tag leaves it: its names go to another image.
	other, held := installed(t, newClock().keeper(t, d.Images(), lease.Options{}), sources(t)["repository"])
	release(t, held)
	for _, name := range named(t, d, image.ID) {
		tag(t, d, other.ID, name)
	}
	c := newClock()
	k := c.keeper(t, d.Images(), lease.Options{})
	nameless, err := k.Hold(t.Context(), image.ID, 0)
	if err != nil {
		t.Fatal(err)
	}
	release(t, nameless)
	if _, err := d.Images().Image(t.Context(), image.ID); err != nil {
		t.Errorf("the image went with its lease: %v", err)
	}
	for _, name := range append(named(t, d, other.ID), image.ID) {
		if err := d.Images().Remove(t.Context(), name); err != nil {
			t.Error(err)
		}
	}
}

// A call whose answer is lost, or that never comes to the engine, leaves nothing that a
// later sweep does not find.
func TestLostAnswers(t *testing.T) {
	enginetest.AssertUnchanged(t)
	proxy := enginetest.NewProxy(t, enginetest.Endpoint(t))
	d := open(t, proxy.Endpoint())
	source := sources(t)["repository"]
	for _, call := range []string{"POST /images/*/tag", "DELETE /images/*", "GET /images/json"} {
		for n := range 2 {
			for name, fault := range map[string]enginetest.Fault{
				"request": enginetest.LoseRequest(), "answer": enginetest.LoseResponse(), "refused": enginetest.Answer(http.StatusInternalServerError),
			} {
				t.Run(fmt.Sprint(call, n, name), func(t *testing.T) {
					c := newClock()
					k := c.keeper(t, d.Images(), lease.Options{})
					proxy.On(call, n, fault)
					if _, held, err := k.Install(t.Context(), source, template.InstallOptions{}); err == nil {
						_ = held.Release(t.Context())
					}
					for range 5 {
						_, _ = k.Sweep(t.Context(), lease.SweepOptions{})
						c.turn(lease.DefaultTTL)
					}
					if proxy.Pending() != 0 {
						t.Errorf("the fault was not met; the calls were %q", proxy.Calls())
					}
					if left := imagesOf(t, d); len(left) > 0 {
						t.Fatalf("%q are left", left)
					}
				})
			}
		}
	}
}

// imagesOf returns the names that the tests' registries have given.
func imagesOf(t *testing.T, d *docker.Driver) []string {
	t.Helper()
	return slices.DeleteFunc(names(t, d.Images()), func(name string) bool {
		return !strings.Contains(name, "/leased/") && !strings.HasPrefix(name, "localhost/dockerhv/")
	})
}

// The store's figure is what the watermark is compared with, unless another is given.
func TestEngineMeasures(t *testing.T) {
	enginetest.AssertUnchanged(t)
	d := open(t, enginetest.Endpoint(t))
	measurer, err := template.Role[template.Measurer](d.Images())
	if err != nil {
		t.Fatal(err)
	}
	before, err := measurer.Used(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	c := newClock()
	k := c.keeper(t, d.Images(), lease.Options{High: max(before, 1)})
	image, held := installed(t, k, sources(t)["tarfile"])
	after, err := measurer.Used(t.Context())
	if err != nil || after <= before {
		t.Errorf("the store has %d bytes of %d before it and %d after, %v", image.Size, before, after, err)
	}
	wantSwept(t, k)
	release(t, held)
	wantSwept(t, k, lease.Full)
}

func tag(t *testing.T, d *docker.Driver, id, ref string) {
	t.Helper()
	tagger, err := template.Role[template.Tagger](d.Images())
	if err != nil {
		t.Fatal(err)
	}
	if err := tagger.Tag(t.Context(), id, ref); err != nil {
		t.Fatal(err)
	}
}

// named returns the names of an image.
func named(t *testing.T, d *docker.Driver, id string) []string {
	t.Helper()
	lister, err := template.Role[template.Lister](d.Images())
	if err != nil {
		t.Fatal(err)
	}
	stored, err := lister.Stored(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range stored {
		if i.ID == id {
			return slices.Clone(i.References)
		}
	}
	return nil
}
