package docker_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/driver/docker"
	"github.com/dockerhv/dockerhv/internal/enginetest"
	"github.com/dockerhv/dockerhv/template"
	"github.com/dockerhv/dockerhv/template/repository"
)

func TestMain(m *testing.M) { enginetest.Main(m) }

// open opens the test's engine for an owner.
func open(t *testing.T, owner string) *docker.Driver {
	t.Helper()
	d, err := docker.Open(t.Context(), driver.Endpoint{URL: enginetest.Endpoint(t)}, docker.Options{Owner: owner})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d
}

// busybox installs a real image of a few applets and removes it after the test,
// at whose end nothing of it must be left.
func busybox(t *testing.T, d driver.Driver) template.Image {
	t.Helper()
	enginetest.AssertUnchanged(t)
	ref, _ := enginetest.PushBusybox(t, enginetest.Registry(t), "busybox:1")
	image, err := repository.Source{Reference: ref}.Install(t.Context(), d.Images(), template.InstallOptions{})
	if err != nil {
		t.Fatal(err)
	}
	undo(t, d, "", func(ctx context.Context, d driver.Driver) error { return d.Images().Remove(ctx, image.Reference) })
	return image
}

// undo does a call when the test ends, with another driver of the owner's if the test
// has closed this one.
func undo(t *testing.T, d driver.Driver, owner string, call func(context.Context, driver.Driver) error) {
	t.Helper()
	t.Cleanup(func() {
		ctx := cleanup(t)
		err := call(ctx, d)
		if errors.Is(err, dockerhv.ErrClosed) {
			var anew *docker.Driver
			if anew, err = docker.Open(ctx, driver.Endpoint{URL: enginetest.Endpoint(t)}, docker.Options{Owner: owner}); err == nil {
				err = errors.Join(call(ctx, anew), anew.Close())
			}
		}
		if err != nil {
			t.Error(err)
		}
	})
}

// cleanup is a context for what runs after the test's own has ended.
func cleanup(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// sleeper is the spec of an instance that runs until it is stopped, at once.
func sleeper(id string, image template.Image) driver.Spec {
	return driver.Spec{
		ID: id, Image: image.ID,
		Template: driver.Template{Format: image.Format, Digest: image.Digest, Reference: image.Reference},
		Command:  []string{"sh", "-c", "trap 'exit 0' TERM; echo ready; while :; do sleep 0.1; done"},
	}
}

// create creates an instance and destroys it after the test.
func create(t *testing.T, d driver.Driver, spec driver.Spec) driver.Instance {
	t.Helper()
	i, err := d.Create(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	undo(t, d, i.Owner, func(ctx context.Context, d driver.Driver) error {
		return d.Destroy(ctx, spec.ID, driver.DestroyOptions{Force: true})
	})
	return i
}

func start(t *testing.T, d driver.Driver, id string) {
	t.Helper()
	if err := d.Start(t.Context(), id); err != nil {
		t.Fatal(err)
	}
}

func inspect(t *testing.T, d driver.Driver, id string) driver.Instance {
	t.Helper()
	i, err := d.Inspect(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// wantError asserts that an error has a class, is the module's own, one line
// long, and says what to do.
func wantError(t *testing.T, err, class error) {
	t.Helper()
	if !errors.Is(err, class) {
		t.Fatalf("got %v; want an error that is %q", err, class)
	}
	e, ok := errors.AsType[*dockerhv.Error](err)
	if !ok || e.Op == "" {
		t.Errorf("%v is no *dockerhv.Error with an operation", err)
	}
	for _, r := range err.Error() {
		if r == '\n' {
			t.Errorf("%q has more than one line", err)
		}
	}
}
