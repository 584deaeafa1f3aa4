package template_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/template"
)

// source is a template that becomes an image by a function.
type source struct {
	of      template.Registration
	install func(context.Context, template.InstallOptions) (template.Image, error)
}

func (s source) Install(ctx context.Context, into template.ImageStore, opts template.InstallOptions) (template.Image, error) {
	if into == nil {
		return template.Image{}, errors.New("there is no store")
	}
	if s.install != nil {
		return s.install(ctx, opts)
	}
	if report := opts.Progress; report != nil {
		report(template.Progress{Item: "a layer", Phase: template.Downloading, Current: 1})
		report(template.Progress{Phase: template.Done})
	}
	return imageOf(s.of.URL, opts.Platform), nil
}

// imageOf is what a reference becomes.
func imageOf(ref string, p template.Platform) template.Image {
	return template.Image{ID: "sha256:of-" + ref, Reference: ref, Platform: p}
}

// options serve Repository alone, and know the secret "password". The opener refuses
// the URL "refused"; install, if not nil, is what all sources do.
func options(install func(context.Context, template.InstallOptions) (template.Image, error)) template.CatalogOptions {
	open := func(r template.Registration) (template.TemplateSource, error) {
		if r.URL == "refused" {
			return nil, &dockerhv.FieldError{Field: "url", Reason: "is refused"}
		}
		return source{r, install}, r.RefuseUnknown([]string{"a", "b."}, []string{"password"})
	}
	return template.CatalogOptions{Openers: map[template.Format]template.Opener{template.Repository: open}}
}

// newCatalog is a catalog in memory of the options.
func newCatalog() *template.Catalog { return template.NewCatalog(options(nil).Openers) }

// openCatalog opens a catalog that the options say is all right.
func openCatalog(t *testing.T, opts template.CatalogOptions) *template.Catalog {
	t.Helper()
	c, err := template.OpenCatalog(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// nginx is a registration that the catalog accepts.
func nginx() template.Registration {
	return template.Registration{
		ID: "t1", Name: "web", Format: template.Repository, URL: "nginx:1.27", Details: map[string]string{"a": "1"},
	}
}

// register registers nginx under other IDs.
func register(t *testing.T, c *template.Catalog, ids ...string) {
	t.Helper()
	for _, id := range ids {
		r := nginx()
		r.ID = id
		if _, err := c.Register(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
}

// wantError wants an error of a class with the cloud's code, that is the module's own
// and one line.
func wantError(t *testing.T, err, class error, code template.ErrorCode) {
	t.Helper()
	if _, ok := errors.AsType[*dockerhv.Error](err); !ok || !errors.Is(err, class) {
		t.Fatalf("the error is %v, want one that is %q", err, class)
	}
	if got := template.Code(err); got != code {
		t.Errorf("%v has the code %d, want %d", err, got, code)
	}
}

func TestGet(t *testing.T) {
	c := newCatalog()
	register(t, c, "t1")
	if got, err := c.Get(t.Context(), "t1"); err != nil || got.ID != "t1" || got.Created.IsZero() {
		t.Errorf("Get = %+v, %v", got, err)
	}
	_, err := c.Get(t.Context(), "t2")
	wantError(t, err, dockerhv.ErrNotFound, template.ParamError)
	if err.Error() != "get template t2: not found; register it first" {
		t.Errorf("Get of what is absent = %v", err)
	}
}

// TestDetailsCloned: no map is shared with a caller, neither in nor out.
func TestDetailsCloned(t *testing.T) {
	c := newCatalog()
	r := nginx()
	first, err := c.Register(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	again, err := c.Register(t.Context(), nginx())
	if err != nil {
		t.Fatal(err)
	}
	updated, err := c.Update(t.Context(), "t1", template.Update{SortKey: new(1)})
	if err != nil {
		t.Fatal(err)
	}
	got, _ := c.Get(t.Context(), "t1")
	list, _ := c.List(t.Context(), template.Filter{})
	for _, details := range []map[string]string{
		r.Details, first.Details, again.Details, updated.Details, got.Details, list.Templates[0].Details,
	} {
		details["a"] = "changed"
	}
	if kept, _ := c.Get(t.Context(), "t1"); kept.Details["a"] != "1" {
		t.Errorf("the catalog's detail became %q", kept.Details["a"])
	}
}

func TestOpenersCloned(t *testing.T) {
	openers := map[template.Format]template.Opener{}
	c := template.NewCatalog(openers)
	openers[template.Repository] = func(r template.Registration) (template.TemplateSource, error) { return source{of: r}, nil }
	_, err := c.Register(t.Context(), nginx())
	checkField(t, err, "format", "not served")
}

// TestCancelled: whoever has given up changes nothing.
func TestCancelled(t *testing.T) {
	c := newCatalog()
	register(t, c, "t1")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	other := nginx()
	other.ID = "t2"
	for name, call := range map[string]func() error{
		"Register":  func() error { _, err := c.Register(ctx, other); return err },
		"Update":    func() error { _, err := c.Update(ctx, "t1", template.Update{Name: new("x")}); return err },
		"Delete":    func() error { return c.Delete(ctx, "t1", template.DeleteOptions{}) },
		"Install":   func() error { _, err := c.Install(ctx, "t1", "h", store{}, template.InstallOptions{}); return err },
		"Uninstall": func() error { return c.Uninstall(ctx, "t1", "h", store{}) },
	} {
		wantError(t, call(), context.Canceled, template.InternalError)
		if list, _ := c.List(t.Context(), template.Filter{}); list.Count != 1 || list.Templates[0].Name != "web" {
			t.Errorf("%s has changed the catalog to %+v", name, list)
		}
	}
}

// TestCatalogConcurrent is for the race detector.
func TestCatalogConcurrent(t *testing.T) {
	c := newCatalog()
	var group sync.WaitGroup
	for i := range 16 {
		group.Go(func() {
			r := nginx()
			r.ID = fmt.Sprint("t", i%4)
			if _, err := c.Register(t.Context(), r); err != nil {
				t.Error(err)
			}
			if _, err := c.Install(t.Context(), r.ID, "h", store{}, template.InstallOptions{}); err != nil {
				t.Error(err)
			}
			if _, err := c.Update(t.Context(), r.ID, template.Update{DisplayText: new("web")}); err != nil {
				t.Error(err)
			}
			got, err := c.Get(t.Context(), r.ID)
			if err != nil {
				t.Error(err)
				return
			}
			got.Details["mine"] = r.ID
			for _, err := range c.Watch(t.Context()) {
				if err != nil {
					t.Error(err)
				}
				break
			}
			if all, err := c.Installations(t.Context(), r.ID); err != nil || len(all) != 1 {
				t.Errorf("Installations = %v, %v", all, err)
			}
		})
	}
	group.Wait()
	if list, _ := c.List(t.Context(), template.Filter{ReadyOn: "h"}); list.Count != 4 {
		t.Errorf("List has %d templates, want 4", list.Count)
	}
}
