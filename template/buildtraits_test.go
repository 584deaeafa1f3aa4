package template_test

import (
	"context"
	"testing"

	"github.com/dockerhv/dockerhv/template"
)

// builder is a store that tells what it builds with.
type builder struct{ store }

func (builder) BuildTraits(context.Context) (template.BuildTraits, error) {
	return template.BuildTraits{Engine: "28.5.2", Containerd: true}, nil
}

func TestBuildTraitsOf(t *testing.T) {
	for name, tc := range map[string]struct {
		store template.ImageStore
		want  template.BuildTraits
		major int
	}{
		"behind a wrapper":         {wrapper{builder{}}, template.BuildTraits{Engine: "28.5.2", Containerd: true}, 28},
		"a store without the role": {store{}, template.BuildTraits{}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := template.BuildTraitsOf(t.Context(), tc.store)
			if err != nil || got != tc.want || got.Major() != tc.major {
				t.Errorf("got %+v of major %d, %v; want %+v of major %d", got, got.Major(), err, tc.want, tc.major)
			}
		})
	}
	for version, want := range map[string]int{"20.10.24+dfsg1": 20, "dev": 0, "": 0, "29": 29} {
		if got := (template.BuildTraits{Engine: version}).Major(); got != want {
			t.Errorf("the major of %q is %d; want %d", version, got, want)
		}
	}
}
