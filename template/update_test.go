package template_test

import (
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/template"
)

func TestUpdate(t *testing.T) {
	all := template.Update{
		Name: new("n"), DisplayText: new("d"), OSType: new("o"), Tag: new("t"), SortKey: new(7), Public: new(true), Featured: new(true),
		Extractable: new(true), PasswordEnabled: new(true), SSHKeyEnabled: new(true), DynamicallyScalable: new(true), NoHVM: new(true),
		Arch: new("arm64"), Details: map[string]string{"b.x": "2"},
	}
	for i := range reflect.ValueOf(all).NumField() {
		if f := reflect.TypeOf(all).Field(i); reflect.ValueOf(all).Field(i).IsZero() && f.Name != "CleanupDetails" {
			t.Errorf("the test sets no %s", f.Name)
		}
	}
	base, _ := nginx().Complete()
	changed := base
	changed.Name, changed.DisplayText, changed.OSType, changed.Tag, changed.SortKey = "n", "d", "o", "t", 7
	changed.Public, changed.Featured, changed.Extractable, changed.PasswordEnabled = true, true, true, true
	changed.SSHKeyEnabled, changed.DynamicallyScalable, changed.NoHVM, changed.Arch = true, true, true, "aarch64"
	changed.Details = map[string]string{"b.x": "2"}
	clean := base
	clean.Details = nil
	for _, tt := range []struct {
		name   string
		update template.Update
		want   template.Registration
	}{
		{"nothing", template.Update{}, base},
		{"all", all, changed},
		{"no details", template.Update{Details: map[string]string{}}, clean},
		{"details cleaned up", template.Update{CleanupDetails: true, Details: map[string]string{"b.x": "2"}}, clean},
	} {
		t.Run(tt.name, func(t *testing.T) {
			opts := options(nil)
			opts.Store = &template.MemoryStore{}
			c := openCatalog(t, opts)
			first, err := c.Register(t.Context(), nginx())
			if err != nil {
				t.Fatal(err)
			}
			got, err := c.Update(t.Context(), "t1", tt.update)
			if diff := cmp.Diff(tt.want, got.Registration); err != nil || diff != "" || !got.Created.Equal(first.Created) {
				t.Errorf("Update: %v (-want +got):\n%s", err, diff)
			}
			if kept, _ := openCatalog(t, opts).Get(t.Context(), "t1"); !cmp.Equal(kept.Registration, tt.want) {
				t.Errorf("the store has %+v", kept)
			}
			if s, ok := got.Source().(source); !ok || !cmp.Equal(s.of.Details, tt.want.Details) {
				t.Errorf("the source has %v, want %v", s.of.Details, tt.want.Details)
			}
		})
	}
}

func TestUpdateRefuses(t *testing.T) {
	opts := options(nil)
	opts.ReservedNames = []string{"system"}
	c := openCatalog(t, opts)
	register(t, c, "t1")
	before := stateOf(t, c)
	for _, tt := range []struct {
		update        template.Update
		field, reason string
	}{
		{template.Update{Name: new("\n\x00")}, "name", "control character"},
		{template.Update{Name: new("System")}, "name", "is reserved"},
		{template.Update{Arch: new("vax")}, "arch", "not known"},
		{template.Update{Details: map[string]string{"c": "1"}}, "details.c", "not known"},
		{template.Update{Details: map[string]string{"instance.x": "1"}}, "details.instance.x", "not known"},
	} {
		_, err := c.Update(t.Context(), "t1", tt.update)
		checkField(t, err, tt.field, tt.reason)
		wantError(t, err, dockerhv.ErrInvalid, template.ParamError)
	}
	_, err := c.Update(t.Context(), "t2", template.Update{})
	wantError(t, err, dockerhv.ErrNotFound, template.ParamError)
	if diff := cmp.Diff(before, stateOf(t, c)); diff != "" {
		t.Errorf("a refused update changed (-before +after):\n%s", diff)
	}
}

// TestUpdateInstalled: what an image was made with can't change under it.
func TestUpdateInstalled(t *testing.T) {
	c := newCatalog()
	register(t, c, "t1")
	mustInstall(t, c, "t1")
	for _, u := range []template.Update{{Arch: new("x86_64")}, {Details: map[string]string{"a": "2"}}, {CleanupDetails: true}} {
		_, err := c.Update(t.Context(), "t1", u)
		wantError(t, err, dockerhv.ErrConflict, template.ParamError)
	}
	if _, err := c.Update(t.Context(), "t1", template.Update{
		Name: new("x"), Details: map[string]string{"a": "1", template.DetailUser: "web"},
	}); err != nil {
		t.Errorf("an update of what concerns instances = %v", err)
	}
	if err := c.Uninstall(t.Context(), "t1", "h1", removing{}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Update(t.Context(), "t1", template.Update{Arch: new("x86_64")}); err != nil {
		t.Errorf("Update of what is installed no more = %v", err)
	}
}
