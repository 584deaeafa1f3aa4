package template_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/template"
)

func TestRegister(t *testing.T) {
	c := newCatalog()
	r := nginx()
	r.Format, r.Name = " repository", ""
	r.Details[template.DetailCommand] = "nginx -g daemon"
	got, err := c.Register(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	want, _ := nginx().Complete()
	want.Name, want.DisplayText, want.Details = "t1", "t1", r.Details
	if diff := cmp.Diff(want, got.Registration); diff != "" {
		t.Errorf("Register (-want +got):\n%s", diff)
	}
	s, ok := got.Source().(source)
	if !ok || s.of.Name != "t1" || s.of.Format != template.Repository {
		t.Errorf("the opener was given %+v, want the registration in its final form", s.of)
	}
	if _, ok := s.of.Details[template.DetailCommand]; ok {
		t.Error("the opener was given what concerns instances alone")
	}
}

// TestRegisterRefuses: what is refused is not in the catalog, and the error says what
// was registered. The rules of a registration itself are in TestComplete.
func TestRegisterRefuses(t *testing.T) {
	tests := []struct {
		name   string
		change func(*template.Registration)
		field  string
		reason string
	}{
		{"no URL", func(r *template.Registration) { r.URL = " " }, "url", "is empty"},
		{"a format without an opener", func(r *template.Registration) { r.Format = template.Tarfile }, "format", "not served"},
		{"what the opener refuses", func(r *template.Registration) { r.URL = "refused" }, "url", "is refused"},
		{"an unknown detail", func(r *template.Registration) { r.Details["c"] = "1" }, "details.c", "a Repository knows a, b.NAME"},
		{
			"an unknown secret", func(r *template.Registration) { r.Secrets = template.Secrets{"key": "s3cret"} },
			"secrets.key", "a Repository knows password",
		},
		{"zones of no use", func(r *template.Registration) { r.Zones = []string{"z1"} }, "zoneids", "knows no zones"},
		{"a reserved name", func(r *template.Registration) { r.Name = "SystemVM Template" }, "name", "is reserved"},
		{"a reserved display text", func(r *template.Registration) { r.DisplayText = "systemvm template" }, "displaytext", "is reserved"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			opts := options(nil)
			opts.ReservedNames = []string{"SystemVM template"}
			c, r := openCatalog(t, opts), nginx()
			tt.change(&r)
			_, err := c.Register(t.Context(), r)
			checkField(t, err, tt.field, tt.reason)
			wantError(t, err, dockerhv.ErrInvalid, template.ParamError)
			var typed *dockerhv.Error
			if !errors.As(err, &typed) || typed.Op != "register template" || typed.ID != r.ID {
				t.Errorf("the error is %v, want it to say what was registered", err)
			}
			if strings.Contains(err.Error(), "s3cret") {
				t.Errorf("the error tells the secret: %v", err)
			}
			if list, _ := c.List(t.Context(), template.Filter{}); list.Count != 0 {
				t.Errorf("the refused template is in the catalog: %v", list)
			}
		})
	}
}

// TestRegisterAgain: the same registration is success, another of its ID is not.
func TestRegisterAgain(t *testing.T) {
	tests := []struct {
		name   string
		change func(*template.Registration)
		same   bool
	}{
		{"the same", func(*template.Registration) {}, true},
		{"the format in another case", func(r *template.Registration) { r.Format = "REPOSITORY" }, true},
		{"defaults that are spelled out", func(r *template.Registration) { r.Bits, r.Hypervisor, r.Zones = 64, "docker", []string{"-1"} }, true},
		{"another name", func(r *template.Registration) { r.Name = "other" }, false},
		{"another URL", func(r *template.Registration) { r.URL = "nginx:1.28" }, false},
		{"another checksum", func(r *template.Registration) { r.Checksum = fmt.Sprintf("%064d", 1) }, false},
		{"another arch", func(r *template.Registration) { r.Arch = "aarch64" }, false},
		{"another detail", func(r *template.Registration) { r.Details = map[string]string{"a": "2"} }, false},
		{"no details", func(r *template.Registration) { r.Details = nil }, false},
		{"a secret", func(r *template.Registration) { r.Secrets = template.Secrets{"password": "x"} }, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := newCatalog()
			first, err := c.Register(t.Context(), nginx())
			if err != nil {
				t.Fatal(err)
			}
			r := nginx()
			tt.change(&r)
			second, err := c.Register(t.Context(), r)
			if tt.same {
				if err != nil {
					t.Fatal(err)
				}
				if !cmp.Equal(first.Registration, second.Registration) || !first.Created.Equal(second.Created) {
					t.Errorf("Register again = %+v, want %+v", second, first)
				}
				return
			}
			wantError(t, err, dockerhv.ErrExists, template.ParamError)
			want := "register template t1: already exists: the ID names a Repository template of nginx:1.27; delete that one first or choose another ID"
			if err.Error() != want {
				t.Errorf("Register = %v, want %s", err, want)
			}
			if kept, _ := c.Get(t.Context(), "t1"); !cmp.Equal(kept.Registration, first.Registration) {
				t.Errorf("the first template became %+v", kept.Registration)
			}
		})
	}
}

// TestSignedURL: the query of a URL, which can be a signature, is in no error.
func TestSignedURL(t *testing.T) {
	opts := options(nil)
	opts.Openers[template.Tarfile] = func(r template.Registration) (template.TemplateSource, error) { return source{of: r}, nil }
	c := openCatalog(t, opts)
	r := nginx()
	r.Format, r.URL = template.Tarfile, "https://example.org/a.tar?signature=hunter2"
	if _, err := c.Register(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	_, err := c.Register(t.Context(), nginx())
	if !errors.Is(err, dockerhv.ErrExists) || strings.Contains(err.Error(), "hunter2") || !strings.Contains(err.Error(), "a.tar?...") {
		t.Errorf("Register = %v", err)
	}
}

// TestSameName: as in the cloud, a name need not be unique.
func TestSameName(t *testing.T) {
	c := newCatalog()
	register(t, c, "t1", "t2")
	if list, _ := c.List(t.Context(), template.Filter{Name: "web"}); list.Count != 2 {
		t.Errorf("%d templates have the name, want 2", list.Count)
	}
}
