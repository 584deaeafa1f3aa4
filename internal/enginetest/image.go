package enginetest

import (
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

// PushBusybox pushes a busybox image to a registry under ref, such as "app:1", and returns its full reference, such as
// "127.0.0.1:5000/app:1", and the digest of its manifest.
func PushBusybox(t testing.TB, registry, ref string, changes ...Change) (fullRef, digest string) {
	t.Helper()
	image := busyboxWith(t, changes)
	to, err := name.ParseReference(registry + "/" + ref)
	if err != nil {
		t.Fatal(err)
	}
	if err := remote.Write(to, image, remote.WithContext(t.Context())); err != nil {
		t.Fatal(err)
	}
	hash, err := image.Digest()
	if err != nil {
		t.Fatal(err)
	}
	return to.String(), hash.String()
}

// SaveBusybox writes a busybox image to a file as `docker save` does, under a tag such as "app:1".
func SaveBusybox(t testing.TB, path, tag string, changes ...Change) {
	t.Helper()
	image := busyboxWith(t, changes)
	as, err := name.NewTag(tag)
	if err != nil {
		t.Fatal(err)
	}
	if err := tarball.WriteToFile(path, as, image); err != nil {
		t.Fatal(err)
	}
}

func busyboxWith(t testing.TB, changes []Change) v1.Image {
	t.Helper()
	image, err := Busybox()
	for _, change := range changes {
		if err == nil {
			image, err = change(image)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return image
}
