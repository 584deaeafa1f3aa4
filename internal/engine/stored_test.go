package engine

import (
	"errors"
	"testing"

	"github.com/dockerhv/dockerhv"
)

// 68: every form of a reference has one full name.
func TestFullName(t *testing.T) {
	digest := "sha256:" + "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	for ref, want := range map[string]string{
		"app":                         "docker.io/library/app:latest",
		"app:1":                       "docker.io/library/app:1",
		"team/app:1":                  "docker.io/team/app:1",
		"example.com:5000/app":        "example.com:5000/app:latest",
		"app@" + digest:               "docker.io/library/app@" + digest,
		"example.com/app:1@" + digest: "example.com/app@" + digest,
		"localhost/dockerhv:x":        "localhost/dockerhv:x",
	} {
		if got, err := (Images{}).FullName(ref); err != nil || got != want {
			t.Errorf("%s is %q, %v; want %q", ref, got, err, want)
		}
	}
	for _, ref := range []string{"", "App", "a b", "app@sha256:12"} {
		if _, err := (Images{}).FullName(ref); !errors.Is(err, dockerhv.ErrInvalid) {
			t.Errorf("%q: %v", ref, err)
		}
	}
}
