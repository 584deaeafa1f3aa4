package template

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dockerhv/dockerhv"
)

// arch is a processor's architecture in the cloud's word, and in Go's words for its
// 64 and 32 bits.
type arch struct{ cloud, wide, narrow string }

// arches lists those that the cloud has. The narrow s390 is served by no engine.
func arches() []arch {
	return []arch{{"x86_64", "amd64", "386"}, {"aarch64", "arm64", "arm"}, {"s390x", "s390x", ""}}
}

func findArch(name string) (arch, bool) {
	all := arches()
	i := slices.IndexFunc(all, func(a arch) bool {
		return strings.EqualFold(name, a.cloud) || strings.EqualFold(name, a.wide)
	})
	if i < 0 {
		return arch{}, false
	}
	return all[i], true
}

func (a arch) platform(bits int) Platform {
	if bits == 32 {
		return Platform{OS: "linux", Architecture: a.narrow}
	}
	return Platform{OS: "linux", Architecture: a.wide}
}

// completeArch puts the architecture into the cloud's word and checks the bits.
func completeArch(r *Registration) error {
	if r.Bits == 0 {
		r.Bits = 64
	}
	if r.Bits != 32 && r.Bits != 64 {
		return &dockerhv.FieldError{Field: "bits", Reason: fmt.Sprintf("%d is refused; use 32 or 64", r.Bits)}
	}
	if r.Arch == "" {
		if r.Bits == 32 {
			return &dockerhv.FieldError{Field: "bits", Reason: "32 needs an arch; say of which"}
		}
		return nil
	}
	a, ok := findArch(r.Arch)
	switch {
	case !ok:
		return &dockerhv.FieldError{
			Field: "arch", Reason: fmt.Sprintf("%s is not known; use x86_64, aarch64 or s390x, or leave it empty", quote(r.Arch)),
		}
	case r.Bits == 32 && a.narrow == "":
		return &dockerhv.FieldError{Field: "bits", Reason: fmt.Sprintf("no engine serves 32 bits of %s; use 64", a.cloud)}
	}
	r.Arch = a.cloud
	return nil
}
