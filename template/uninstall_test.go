package template_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/template"
)

// removing is a store that notes what is removed of it, if it has where to.
type removing struct {
	template.ImageStore
	removed *[]string
	err     error
}

func (r removing) Remove(_ context.Context, ref string) error {
	if r.removed != nil && r.err == nil {
		*r.removed = append(*r.removed, ref)
	}
	return r.err
}

// becomes makes each installation, in turn, one of some images.
func becomes(images ...template.Image) func(context.Context, template.InstallOptions) (template.Image, error) {
	return func(context.Context, template.InstallOptions) (template.Image, error) {
		first := images[0]
		images = images[1:]
		return first, nil
	}
}

// TestUninstall removes what came to the host by Install, and nothing else.
func TestUninstall(t *testing.T) {
	a := template.Image{ID: "sha256:a", Reference: "web@1"}
	b := template.Image{ID: "sha256:b", Reference: "web@2"}
	moved := template.Image{ID: "sha256:b", Reference: "web@1"}
	cached := func(i template.Image) template.Image {
		i.Cached = true
		return i
	}
	for _, tt := range []struct {
		name   string
		images []template.Image // that t1 becomes, one after the other
		other  []template.Image // that t2 becomes, before or after
		want   []string
	}{
		{name: "one image", images: []template.Image{a}, want: []string{"web@1"}},
		{name: "installed again", images: []template.Image{a, cached(a)}, want: []string{"web@1"}},
		{name: "without a reference", images: []template.Image{{ID: "sha256:c"}}, want: []string{"sha256:c"}},
		{name: "an older image, too", images: []template.Image{a, b}, want: []string{"web@1", "web@2"}},
		{name: "an older image, whose reference is taken", images: []template.Image{a, moved}, want: []string{"sha256:a", "web@1"}},
		// 71. Images or tags that the driver did not pull are never removed.
		{name: "what was there before", images: []template.Image{cached(a)}, want: nil},
		{name: "what another template is, too", images: []template.Image{a}, other: []template.Image{cached(a)}, want: nil},
		{name: "what another template has the reference of", images: []template.Image{a}, other: []template.Image{moved}, want: []string{"sha256:a"}},
		{name: "one of two", images: []template.Image{a, b}, other: []template.Image{cached(a)}, want: []string{"web@2"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := openCatalog(t, options(becomes(slices.Concat(tt.images, tt.other)...)))
			register(t, c, "t1", "t2")
			for range tt.images {
				mustInstall(t, c, "t1")
			}
			for range tt.other {
				mustInstall(t, c, "t2")
			}
			var removed []string
			from := removing{removed: &removed}
			for range 2 {
				if err := c.Uninstall(t.Context(), "t1", "h1", from); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(tt.want, removed); diff != "" {
				t.Errorf("removed (-want +got):\n%s", diff)
			}
			wantInstallation(t, c, "h1", template.NotDownloaded, "Active")
			if all, _ := c.Installations(t.Context(), "t1"); len(all) != 0 {
				t.Errorf("it is still on %+v", all)
			}
		})
	}
}

func mustInstall(t *testing.T, c *template.Catalog, id string) {
	t.Helper()
	if _, err := c.Install(t.Context(), id, "h1", store{}, template.InstallOptions{}); err != nil {
		t.Fatal(err)
	}
}

// TestUninstallInherits: an image that two templates are goes with the last of them,
// whoever brought it, also when the catalog was opened again in between.
func TestUninstallInherits(t *testing.T) {
	a := template.Image{ID: "sha256:a", Reference: "web@1"}
	cached := a
	cached.Cached = true
	opts := options(becomes(a, cached))
	opts.Store = &template.MemoryStore{}
	c := openCatalog(t, opts)
	register(t, c, "t1", "t2")
	mustInstall(t, c, "t1")
	mustInstall(t, c, "t2")
	var removed []string
	if err := c.Uninstall(t.Context(), "t1", "h1", removing{removed: &removed}); err != nil || len(removed) > 0 {
		t.Fatalf("Uninstall = %v, and removed %v", err, removed)
	}
	c = openCatalog(t, opts)
	if err := c.Uninstall(t.Context(), "t2", "h1", removing{removed: &removed}); err != nil || !slices.Equal(removed, []string{"web@1"}) {
		t.Errorf("Uninstall of the other = %v, and removed %v", err, removed)
	}
}

func TestUninstallRefuses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHand()
		opts := options(h.install)
		users := map[string][]string{"t1 on h1": {"i-1"}}
		opts.InUse = func(_ context.Context, id, host string) ([]string, error) { return users[id+" on "+host], nil }
		c := openCatalog(t, opts)
		register(t, c, "t1", "t2")
		install(t, c, "t1", "h1")
		var removed []string
		from := removing{removed: &removed}
		// While it is installed, or any other is, which may be the same image.
		wantError(t, c.Uninstall(t.Context(), "t1", "h1", from), dockerhv.ErrConflict, template.ResourceInUse)
		h.end <- nil
		install(t, c, "t2", "h1")
		wantError(t, c.Uninstall(t.Context(), "t1", "h1", from), dockerhv.ErrConflict, template.ResourceInUse)
		h.end <- errors.New("it is not: it never comes to be")
		synctest.Wait()

		err := c.Uninstall(t.Context(), "t1", "h1", from)
		wantError(t, err, dockerhv.ErrConflict, template.ParamError)
		if err.Error() != "uninstall template t1 on h1: it is used by i-1; destroy its instances there first" {
			t.Errorf("Uninstall of what is used = %v", err)
		}
		delete(users, "t1 on h1")
		// 72. Removal never uses force.
		err = c.Uninstall(t.Context(), "t1", "h1", removing{err: dockerhv.ErrConflict})
		wantError(t, err, dockerhv.ErrConflict, template.ResourceInUse)
		wantInstallation(t, c, "h1", template.Downloaded, "Download Complete")
		if len(removed) > 0 {
			t.Errorf("removed %v", removed)
		}
		if err := c.Uninstall(t.Context(), "t1", "h1", from); err != nil || len(removed) != 1 {
			t.Errorf("Uninstall = %v, and removed %v", err, removed)
		}
	})
}

// TestUninstallUnknownUsers: if who uses it can't be told, it stays.
func TestUninstallUnknownUsers(t *testing.T) {
	opts := options(nil)
	opts.InUse = func(context.Context, string, string) ([]string, error) { return nil, dockerhv.ErrUnavailable }
	c := openCatalog(t, opts)
	register(t, c, "t1")
	mustInstall(t, c, "t1")
	wantError(t, c.Uninstall(t.Context(), "t1", "h1", removing{}), dockerhv.ErrUnavailable, template.ResourceUnavailable)
	wantError(t, c.Delete(t.Context(), "t1", template.DeleteOptions{}), dockerhv.ErrUnavailable, template.ResourceUnavailable)
	wantInstallation(t, c, "h1", template.Downloaded, "Download Complete")
}

// slow is a store whose Remove waits.
type slow struct {
	template.ImageStore
	go_ chan struct{}
}

func (s slow) Remove(context.Context, string) error {
	<-s.go_
	return nil
}

// TestUninstallThenInstall: an installation waits for a removal on its host, and does
// not find the image that is about to go. Nothing else waits.
func TestUninstallThenInstall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := openCatalog(t, options(nil))
		register(t, c, "t1", "t2")
		mustInstall(t, c, "t1")
		s := slow{go_: make(chan struct{})}
		first, second := errors.New("not over"), errors.New("not over")
		go func() { first = c.Uninstall(t.Context(), "t1", "h1", s) }()
		synctest.Wait()
		go func() { second = c.Uninstall(t.Context(), "t1", "h1", s) }()
		synctest.Wait()
		same, other, elsewhere := install(t, c, "t1", "h1"), install(t, c, "t2", "h1"), install(t, c, "t1", "h2")
		if same.over || other.over || !elsewhere.over {
			t.Errorf("while it is removed, installations are over: %t, %t, elsewhere %t", same.over, other.over, elsewhere.over)
		}
		if _, err := c.Update(t.Context(), "t1", template.Update{Name: new("x")}); err != nil {
			t.Errorf("Update = %v", err)
		}
		s.go_ <- struct{}{}
		synctest.Wait()
		// The second removal has either found nothing, or taken off what was installed anew.
		select {
		case s.go_ <- struct{}{}:
		default:
		}
		synctest.Wait()
		if first != nil || !same.over || !other.over {
			t.Errorf("Uninstall = %v; installations are over: %t, %t", first, same.over, other.over)
		}
		if second != nil && !errors.Is(second, dockerhv.ErrConflict) {
			t.Errorf("the second Uninstall = %v", second)
		}
	})
}
