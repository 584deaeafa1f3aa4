package template_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/template"
)

func TestRegister(t *testing.T) {
	c := newCatalog()
	r := nginx()
	r.Format, r.Name = " repository", ""
	got, err := c.Register(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	want := nginx()
	want.Name = "t1"
	if diff := cmp.Diff(want, got.Registration); diff != "" {
		t.Errorf("Register (-want +got):\n%s", diff)
	}
	if s, ok := got.Source().(source); !ok || s.of.Name != "t1" || s.of.Format != template.Repository {
		t.Errorf("the opener was given %+v, want the registration in its final form", s.of)
	}
}

func TestRegisterRefuses(t *testing.T) {
	tests := []struct {
		name   string
		change func(*template.Registration)
		field  string
		reason string
	}{
		{"no ID", func(r *template.Registration) { r.ID = "" }, "id", "is empty"},
		{"no URL", func(r *template.Registration) { r.URL = " " }, "url", "is empty"},
		{"no format", func(r *template.Registration) { r.Format = "" }, "format", "use one of"},
		{"a format that is none", func(r *template.Registration) { r.Format = "VHD" }, "format", `"VHD" is not`},
		{"a format without an opener", func(r *template.Registration) { r.Format = template.Tarfile }, "format", "not served"},
		{"a weak checksum", func(r *template.Registration) { r.Checksum = "{MD5}x" }, "checksum", "not SHA-256"},
		{"what the opener refuses", func(r *template.Registration) { r.URL = "refused" }, "url", "is refused"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, r := newCatalog(), nginx()
			tt.change(&r)
			_, err := c.Register(t.Context(), r)
			checkField(t, err, tt.field, tt.reason)
			var typed *dockerhv.Error
			if !errors.As(err, &typed) || typed.Op != "register template" || typed.ID != r.ID {
				t.Errorf("the error is %v, want it to say what was registered", err)
			}
			if list, _ := c.List(t.Context()); len(list) != 0 {
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
		{"another name", func(r *template.Registration) { r.Name = "other" }, false},
		{"another URL", func(r *template.Registration) { r.URL = "nginx:1.28" }, false},
		{"another checksum", func(r *template.Registration) { r.Checksum = fmt.Sprintf("%064d", 1) }, false},
		{"another detail", func(r *template.Registration) { r.Details = map[string]string{"a": "2"} }, false},
		{"no details", func(r *template.Registration) { r.Details = nil }, false},
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
				if diff := cmp.Diff(first.Registration, second.Registration); diff != "" {
					t.Errorf("Register again (-first +second):\n%s", diff)
				}
				return
			}
			want := "register template t1: the ID names a Repository template of nginx:1.27; delete that one first or choose another ID"
			if !errors.Is(err, dockerhv.ErrExists) || err.Error() != want {
				t.Errorf("Register = %v, want ErrExists: %s", err, want)
			}
			if kept, _ := c.Get(t.Context(), "t1"); !cmp.Equal(kept.Registration, nginx()) {
				t.Errorf("the first template became %+v", kept.Registration)
			}
		})
	}
}
