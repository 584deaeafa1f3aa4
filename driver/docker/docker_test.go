package docker_test

import (
	"testing"

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

// busybox installs a real image of a few applets and takes it away afterwards.
func busybox(t *testing.T, d driver.Driver) template.Image {
	t.Helper()
	ref, _ := enginetest.PushBusybox(t, enginetest.Registry(t), "busybox:1")
	image, err := repository.Source{Reference: ref}.Install(t.Context(), d.Images(), template.InstallOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return image
}

func TestSmoke(t *testing.T) {
	d := open(t, "smoke")
	image := busybox(t, d)
	t.Logf("%+v", image)
	h, _ := d.Host(t.Context())
	t.Logf("%+v", h)
	spec := driver.Spec{ID: "a", Image: image.ID, Command: []string{"sh", "-c", "echo hello; sleep 100"}, Resources: driver.Resources{CPUs: 0.5, Memory: 32 << 20}}
	i, err := d.Create(t.Context(), spec)
	t.Log(i, err)
	if err := d.Start(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	i, err = d.Inspect(t.Context(), "a")
	t.Logf("%+v %v", i, err)
	for l, err := range d.Logs(t.Context(), "a", driver.LogOptions{}) {
		t.Log(l, err)
	}
	t.Log(d.Destroy(t.Context(), "a", driver.DestroyOptions{}))
	t.Log(d.Destroy(t.Context(), "a", driver.DestroyOptions{Force: true}))
	t.Log(d.Images().Remove(t.Context(), image.Reference))
}
