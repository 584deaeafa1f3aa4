package tarfile_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver/docker"
	"github.com/dockerhv/dockerhv/internal/enginetest"
	"github.com/dockerhv/dockerhv/template"
	"github.com/dockerhv/dockerhv/template/repository"
	"github.com/dockerhv/dockerhv/template/tarfile"
)

// stores are configurations of engines for the kinds of image stores that they have. An
// engine that has no choice has its own.
var stores = map[string]map[string]any{
	"engine's own": {"features": map[string]any{"containerd-snapshotter": false}},
	"containerd's": {"features": map[string]any{"containerd-snapshotter": true}},
}

// another starts an engine with a kind of store.
func another(t *testing.T, config map[string]any) (*enginetest.Engine, *docker.Driver) {
	t.Helper()
	e, err := enginetest.Start(t.Context(), enginetest.Options{Config: config})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e, openAt(t, e.Endpoint())
}

// An image is on another host as what it was on the first: by its ID where the stores
// are of a kind, by its config between kinds, and it runs.
func TestEngineCopy(t *testing.T) {
	from := engine(t)
	saved, _ := save(t, "app:1", layered)
	image := mustInstall(t, from, tarfile.Source{Path: saved})
	image.Format, image.Digest = template.Dockerfile, "sha256:"+strings.Repeat("1", 64)
	for name, config := range stores {
		t.Run(name, func(t *testing.T) {
			e, to := another(t, config)
			before := enginetest.Snapshot(t, e.Endpoint())
			got := mustCopy(t, from, to, image, "")
			if got.Cached || got.Format != image.Format || got.Digest != image.Digest || !strings.HasPrefix(got.Reference, "localhost/dockerhv:copy-") {
				t.Errorf("copied as %+v", got)
			}
			if containerdStore(t, from) == containerdStore(t, to) && got.ID != image.ID {
				t.Errorf("the image is %s, was %s", got.ID, image.ID)
			}
			run(t, to, got)
			again := mustCopy(t, from, to, image, "")
			if got.Cached = true; again != got {
				t.Errorf("copied again as %+v, was %+v", again, got)
			}
			back := mustCopy(t, to, from, again, "localhost/back:1")
			t.Cleanup(func() { remove(t, from, back.Reference) })
			if containerdStore(t, from) == containerdStore(t, to) && back.ID != image.ID {
				t.Errorf("back again it is %s, was %s", back.ID, image.ID)
			}
			remove(t, to, got.Reference)
			if diff := cmp.Diff(before, enginetest.Snapshot(t, e.Endpoint())); diff != "" {
				t.Errorf("removed, something is left (-before +after):\n%s", diff)
			}
		})
	}
}

func mustCopy(t *testing.T, from, to *docker.Driver, image template.Image, ref string) template.Image {
	t.Helper()
	got, err := tarfile.Copy(t.Context(), from.Images(), to.Images(), image, tarfile.CopyOptions{Reference: ref})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// containerdStore says whether a host has containerd's store.
func containerdStore(t *testing.T, d *docker.Driver) bool {
	t.Helper()
	host, err := d.Host(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return host.ContainerdStore
}

// What was pulled by digest is copied, too, and keeps the digest that all registries know.
func TestEngineCopyPulled(t *testing.T) {
	from := engine(t)
	ref, digest := enginetest.PushBusybox(t, enginetest.Registry(t), "app:1")
	image, err := repository.Source{Reference: ref}.Install(t.Context(), from.Images(), template.InstallOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { remove(t, from, image.Reference) })
	_, to := another(t, nil)
	got := mustCopy(t, from, to, image, "")
	if got.ID != image.ID || got.Digest != digest {
		t.Errorf("copied as %+v, was %+v", got, image)
	}
}

// A copy that fails or is given up leaves nothing on the host that it was for, whatever
// broke off; and the same copy again succeeds.
func TestEngineCopyFails(t *testing.T) {
	d := engine(t)
	saved, _ := save(t, "app:1")
	image := mustInstall(t, d, tarfile.Source{Path: saved})
	e, to := another(t, nil)
	source := enginetest.NewProxy(t, enginetest.Endpoint(t))
	target := enginetest.NewProxy(t, e.Endpoint())
	isLoad := func(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/images/load") }
	empty := enginetest.Snapshot(t, e.Endpoint())
	for name, test := range map[string]struct {
		at    *enginetest.Proxy
		match func(*http.Request) bool
		fault enginetest.Fault // the zero value for a caller who gives up
		class error
	}{
		"the source breaks off":  {source, isExport, enginetest.Truncate(400_000), dockerhv.ErrUnavailable},
		"the source says 500":    {source, isExport, enginetest.Answer(http.StatusInternalServerError), dockerhv.ErrFailed},
		"the target says 503":    {target, isLoad, enginetest.Answer(http.StatusServiceUnavailable), dockerhv.ErrUnavailable},
		"the target is lost":     {target, isLoad, enginetest.LoseResponse(), dockerhv.ErrUnavailable},
		"the caller gives it up": {target, isLoad, enginetest.Fault{}, context.Canceled},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if errors.Is(test.class, context.Canceled) {
				test.fault = enginetest.Before(cancel)
			}
			stop := test.at.Always(test.match, test.fault)
			from, into := openAt(t, source.Endpoint()), openAt(t, target.Endpoint())
			_, err := tarfile.Copy(ctx, from.Images(), into.Images(), image, tarfile.CopyOptions{})
			if !errors.Is(err, test.class) {
				t.Errorf("got %v, want %v", err, test.class)
			}
			if ours, ok := errors.AsType[*dockerhv.Error](err); !ok || ours.Op != "copy image" || ours.ID != image.ID {
				t.Errorf("the error %v does not say what was attempted on what", err)
			}
			if diff := cmp.Diff(empty, enginetest.Snapshot(t, e.Endpoint())); diff != "" {
				t.Errorf("something is left (-before +after):\n%s", diff)
			}
			stop()
		})
	}
	if got := mustCopy(t, d, to, image, ""); got.ID != image.ID || got.Cached {
		t.Errorf("in the end it is %+v", got)
	}
}

// What can't be copied is refused before anything is sent.
func TestEngineCopyRefused(t *testing.T) {
	d := engine(t)
	saved, _ := save(t, "app:1")
	image := mustInstall(t, d, tarfile.Source{Path: saved})
	for name, test := range map[string]struct {
		image template.Image
		opts  tarfile.CopyOptions
		class error
	}{
		"no ID":        {template.Image{Reference: image.Reference}, tarfile.CopyOptions{}, dockerhv.ErrInvalid},
		"no reference": {image, tarfile.CopyOptions{Reference: "A B"}, dockerhv.ErrInvalid},
		"not there":    {template.Image{ID: "sha256:" + strings.Repeat("0", 64)}, tarfile.CopyOptions{}, dockerhv.ErrNotFound},
	} {
		if _, err := tarfile.Copy(t.Context(), d.Images(), d.Images(), test.image, test.opts); !errors.Is(err, test.class) {
			t.Errorf("%s: %v, want %v", name, err, test.class)
		}
	}
	_, err := tarfile.Copy(t.Context(), bareStore{d.Images()}, d.Images(), image, tarfile.CopyOptions{})
	if !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("of a store that does not export: %v", err)
	}
}

// bareStore has no roles.
type bareStore struct{ template.ImageStore }
