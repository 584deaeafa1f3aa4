package template_test

import (
	"context"
	"errors"
	"io"
	"testing"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/template"
)

// store is an image store without roles.
type store struct{ template.ImageStore }

// loader is a store that loads archives.
type loader struct{ store }

func (loader) Load(context.Context, io.Reader) error { return nil }

// wrapper adds nothing to a store, and hides none of it.
type wrapper struct{ template.ImageStore }

func (w wrapper) Unwrap() template.ImageStore { return w.ImageStore }

// opaque is a wrapper that can't be looked behind.
type opaque struct{ template.ImageStore }

func TestRole(t *testing.T) {
	tests := []struct {
		name  string
		store template.ImageStore
		kind  string // of the store that lacks the role
	}{
		{name: "itself", store: loader{}},
		{name: "behind a wrapper", store: wrapper{loader{}}},
		{name: "behind two wrappers", store: wrapper{wrapper{loader{}}}},
		{name: "nil", store: nil, kind: "<nil>"},
		{name: "a store without it", store: store{}, kind: "template_test.store"},
		{name: "a wrapper of one without it", store: wrapper{store{}}, kind: "template_test.wrapper"},
		{name: "a wrapper of nothing", store: wrapper{}, kind: "template_test.wrapper"},
		{name: "a wrapper without Unwrap", store: opaque{loader{}}, kind: "template_test.opaque"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			role, err := template.Role[template.Loader](tt.store)
			if tt.kind == "" {
				if role == nil || err != nil {
					t.Errorf("Role = %v, %v, want it found", role, err)
				}
				return
			}
			var typed *dockerhv.Error
			if role != nil || !errors.Is(err, errors.ErrUnsupported) || !errors.As(err, &typed) {
				t.Fatalf("Role = %v, %v, want ErrUnsupported", role, err)
			}
			want := "use image store: the store " + tt.kind + " is no template.Loader; use a template format that this host supports"
			if err.Error() != want {
				t.Errorf("Role: %v, want %s", err, want)
			}
		})
	}
}
