package template_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/template"
)

// source is a template that reports two records and becomes an image.
type source struct{ of template.Registration }

func (s source) Install(_ context.Context, into template.ImageStore, opts template.InstallOptions) (template.Image, error) {
	if into == nil {
		return template.Image{}, errors.New("there is no store")
	}
	if report := opts.Progress; report != nil {
		report(template.Progress{Item: "a layer", Phase: template.Downloading, Current: 1})
		report(template.Progress{Phase: template.Done})
	}
	return template.Image{Reference: s.of.URL, Platform: opts.Platform}, nil
}

// newCatalog serves Repository alone. Its opener refuses the URL "refused".
func newCatalog() *template.Catalog {
	return template.NewCatalog(map[template.Format]template.Opener{
		template.Repository: func(r template.Registration) (template.TemplateSource, error) {
			if r.URL == "refused" {
				return nil, &dockerhv.FieldError{Field: "url", Reason: "is refused"}
			}
			return source{r}, nil
		},
	})
}

// nginx is a registration that the catalog accepts.
func nginx() template.Registration {
	return template.Registration{
		ID: "t1", Name: "web", Format: template.Repository, URL: "nginx:1.27", Details: map[string]string{"a": "1"},
	}
}

func TestGetListDelete(t *testing.T) {
	c := newCatalog()
	for _, id := range []string{"b", "c", "a"} {
		r := nginx()
		r.ID = id
		if _, err := c.Register(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(c.Delete(t.Context(), "b"), c.Delete(t.Context(), "b"), c.Delete(t.Context(), "never")); err != nil {
		t.Errorf("Delete of what is absent = %v, want success", err)
	}
	list, err := c.List(t.Context())
	if err != nil || len(list) != 2 || list[0].ID != "a" || list[1].ID != "c" {
		t.Errorf("List = %v, %v, want a and c", list, err)
	}
	if got, err := c.Get(t.Context(), "c"); err != nil || got.ID != "c" {
		t.Errorf("Get = %v, %v", got.ID, err)
	}
	_, err = c.Get(t.Context(), "b")
	if !errors.Is(err, dockerhv.ErrNotFound) || err.Error() != "get template b: not found; register it first" {
		t.Errorf("Get of what is absent = %v", err)
	}
	r := nginx()
	r.ID, r.URL = "b", "other"
	if _, err := c.Register(t.Context(), r); err != nil {
		t.Errorf("the ID of a deleted template is not free: %v", err)
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
	got, _ := c.Get(t.Context(), "t1")
	list, _ := c.List(t.Context())
	for _, details := range []map[string]string{r.Details, first.Details, again.Details, got.Details, list[0].Details} {
		details["a"] = "changed"
	}
	if kept, _ := c.Get(t.Context(), "t1"); kept.Details["a"] != "1" {
		t.Errorf("the catalog's detail became %q", kept.Details["a"])
	}
}

func TestOpenersCloned(t *testing.T) {
	openers := map[template.Format]template.Opener{}
	c := template.NewCatalog(openers)
	openers[template.Repository] = func(r template.Registration) (template.TemplateSource, error) { return source{r}, nil }
	_, err := c.Register(t.Context(), nginx())
	checkField(t, err, "format", "not served")
}

func TestInstall(t *testing.T) {
	c := newCatalog()
	if _, err := c.Register(t.Context(), nginx()); err != nil {
		t.Fatal(err)
	}
	var records []template.Progress
	platform := template.Platform{OS: "linux", Architecture: "arm64"}
	got, err := c.Install(t.Context(), "t1", store{}, template.InstallOptions{
		Platform: platform, Progress: func(p template.Progress) { records = append(records, p) },
	})
	if want := (template.Image{Reference: "nginx:1.27", Platform: platform}); err != nil || got != want {
		t.Errorf("Install = %v, %v, want %v", got, err, want)
	}
	want := []template.Progress{
		{Item: "web", Phase: template.Downloading, Current: 1}, {Item: "web", Phase: template.Done},
	}
	if diff := cmp.Diff(want, records); diff != "" {
		t.Errorf("progress (-want +got):\n%s", diff)
	}

	if _, err := c.Install(t.Context(), "t1", store{}, template.InstallOptions{}); err != nil {
		t.Errorf("Install in silence = %v", err)
	}
	if _, err := c.Install(t.Context(), "t1", nil, template.InstallOptions{}); err == nil || err.Error() != "there is no store" {
		t.Errorf("Install = %v, want the source's error", err)
	}
	if _, err := c.Install(t.Context(), "t2", store{}, template.InstallOptions{}); !errors.Is(err, dockerhv.ErrNotFound) {
		t.Errorf("Install of what is absent = %v", err)
	}
}

// TestCatalogConcurrent is for the race detector.
func TestCatalogConcurrent(t *testing.T) {
	c := newCatalog()
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			r := nginx()
			r.ID = fmt.Sprint("t", i%4)
			if _, err := c.Register(t.Context(), r); err != nil {
				t.Error(err)
			}
			got, err := c.Get(t.Context(), r.ID)
			if err != nil {
				t.Error(err)
				return
			}
			got.Details["mine"] = r.ID
			if _, err := c.List(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if list, _ := c.List(t.Context()); len(list) != 4 {
		t.Errorf("List has %d templates, want 4", len(list))
	}
}
