package repository_test

import (
	"context"
	"errors"
	"testing"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/driver/docker"
	"github.com/dockerhv/dockerhv/internal/enginetest"
	"github.com/dockerhv/dockerhv/template"
	"github.com/dockerhv/dockerhv/template/filestore"
	"github.com/dockerhv/dockerhv/template/repository"
)

// cloud is a catalog in a folder, of one host whose instances are its users.
func cloud(t *testing.T, dir string, d driver.Driver) (*template.Catalog, *filestore.Store) {
	t.Helper()
	store, err := filestore.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	catalog, err := template.OpenCatalog(t.Context(), template.CatalogOptions{
		Store:   store,
		Openers: map[template.Format]template.Opener{template.Repository: repository.Open},
		InUse: func(ctx context.Context, _, _ string) (users []string, err error) {
			all, err := d.List(ctx, driver.Filter{})
			for _, i := range all {
				users = append(users, i.ID)
			}
			return users, err
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return catalog, store
}

// TestCatalog takes a private template through its life on an engine, with a restart of
// the program in the middle. AssertUnchanged, in open, sees that nothing is left.
func TestCatalog(t *testing.T) {
	open(t)
	d, err := docker.Open(t.Context(), driver.Endpoint{URL: enginetest.Endpoint(t)}, docker.Options{Owner: "catalog"})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	host := enginetest.Registry(t)
	enginetest.PushBusybox(t, host, "private:1")
	dir, r := t.TempDir(), template.Registration{
		ID: "t1", Format: template.Repository, URL: lock(t, host, "ann", "s3cret") + "/private:1",
		Details: map[string]string{"username": "ann"}, Secrets: template.Secrets{"password": "s3cret"},
	}
	catalog, store := cloud(t, dir, d)
	if _, err := catalog.Register(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	image, err := catalog.Install(t.Context(), "t1", "h1", d.Images(), template.InstallOptions{})
	if err != nil {
		t.Fatal(err)
	}

	_ = store.Close()
	catalog, _ = cloud(t, dir, d)
	on, err := catalog.Installation(t.Context(), "t1", "h1")
	if err != nil || !on.Ready() || on.Image != image || on.Status() != "Download Complete" {
		t.Fatalf("after a restart the installation is %+v, %v", on, err)
	}
	if _, err := catalog.Register(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	again, err := catalog.Install(t.Context(), "t1", "h1", d.Images(), template.InstallOptions{})
	if err != nil || again.ID != image.ID || !again.Cached {
		t.Errorf("Install again = %+v, %v", again, err)
	}

	if _, err := d.Create(t.Context(), driver.Spec{ID: "i1", Image: on.Image.ID}); err != nil {
		t.Fatal(err)
	}
	for name, err := range map[string]error{
		"Uninstall": catalog.Uninstall(t.Context(), "t1", "h1", d.Images()),
		"Delete":    catalog.Delete(t.Context(), "t1", template.DeleteOptions{}),
	} {
		if used, ok := errors.AsType[*template.InUseError](err); !ok || len(used.Users) != 1 || used.Users[0] != "i1" {
			t.Errorf("%s while there is an instance = %v", name, err)
		}
	}
	if err := errors.Join(
		d.Destroy(t.Context(), "i1", driver.DestroyOptions{}),
		catalog.Uninstall(t.Context(), "t1", "h1", d.Images()),
		catalog.Delete(t.Context(), "t1", template.DeleteOptions{}),
	); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Images().Image(t.Context(), image.ID); !errors.Is(err, dockerhv.ErrNotFound) {
		t.Errorf("the image is still there: %v", err)
	}
}
