package drivertest

import (
	"cmp"

	"github.com/dockerhv/dockerhv"
)

var imageRules = group{name: "Images", alone: true, rules: []rule{
	{"are found by ID and by reference", about(68), imageFound, ""},
	{"that are not there are ErrNotFound", about(61), imageAbsent, ""},
	{"that are not there are removed with success", about(72), imageRemoveAbsent, ""},
	{"that an instance uses are not removed", about(72), imageUsed, ""},
}}

func imageFound(t *trial) {
	id := t.config.Workload.Image
	byID, err := t.driver.Images().Image(t.Context(), id)
	t.must(err)
	if byID.ID != id || byID.Digest == "" || byID.Platform.OS == "" {
		t.Errorf("the image %s is %+v", id, byID)
	}
	if byID.Reference == "" {
		return
	}
	byReference, err := t.again().Images().Image(t.Context(), byID.Reference)
	t.must(err)
	t.same("the image of "+byID.Reference, id, byReference.ID)
}

func imageAbsent(t *trial) {
	for _, ref := range []string{"example.org/no/such:image", "sha256:" + zeros} {
		if _, err := t.driver.Images().Image(t.Context(), ref); fault(err, dockerhv.ErrNotFound) != nil {
			t.Errorf("%s: %v", ref, fault(err, dockerhv.ErrNotFound))
		}
	}
}

const zeros = "0000000000000000000000000000000000000000000000000000000000000000"

func imageRemoveAbsent(t *trial) {
	for range 2 {
		t.must(t.driver.Images().Remove(t.Context(), "example.org/no/such:image"))
		t.must(t.driver.Images().Remove(t.Context(), "sha256:"+zeros))
	}
}

func imageUsed(t *trial) {
	t.create(t.server("i1"))
	image, err := t.driver.Images().Image(t.Context(), t.config.Workload.Image)
	t.must(err)
	t.refused(t.driver.Images().Remove(t.Context(), cmp.Or(image.Reference, image.ID)), dockerhv.ErrConflict)
	t.start("i1")
	t.refused(t.driver.Images().Remove(t.Context(), image.ID), dockerhv.ErrConflict)
	again, err := t.driver.Images().Image(t.Context(), image.ID)
	t.must(err)
	t.same("the image", image, again)
}
