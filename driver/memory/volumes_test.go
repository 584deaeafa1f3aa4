package memory_test

import (
	"testing"

	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/driver/memory"
)

// A volume that is nobody's can be used by all owners, and is none of theirs.
func TestExternalVolume(t *testing.T) {
	host := memory.New(memory.Options{})
	image := host.Put("example.org/web:1", memory.Image{})
	host.AddVolume("shared")
	for _, owner := range []string{"one", "two"} {
		d := host.Open(owner)
		spec := driver.Spec{ID: "i1", Image: image.ID, Mounts: []driver.Mount{{Type: driver.MountVolume, External: true, Source: "shared", Target: "/x"}}}
		if _, err := d.Create(t.Context(), spec); err != nil {
			t.Fatal(err)
		}
		if err := d.Destroy(t.Context(), "i1", driver.DestroyOptions{Volumes: true}); err != nil {
			t.Fatal(err)
		}
		if all, err := driver.Volumes(t.Context(), d); err != nil || len(all) > 0 {
			t.Errorf("volumes %v, %v", all, err)
		}
	}
}
