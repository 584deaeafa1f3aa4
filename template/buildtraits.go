package template

import (
	"context"
	"strconv"
	"strings"
)

// BuildTraits is what a store's host builds with, as far as that decides what a
// build may ask for.
type BuildTraits struct {
	// Engine is the version of the host's engine, such as "20.10.24+dfsg1"; empty is
	// unknown.
	Engine string
	// Containerd is whether the host keeps its images in containerd's store, with
	// which its BuildKit exports caches.
	Containerd bool
}

// Major is the number that the engine's version begins with, such as 20; 0 if it is
// unknown.
func (t BuildTraits) Major() int {
	first, _, _ := strings.Cut(t.Engine, ".")
	major, err := strconv.Atoi(first)
	if err != nil {
		return 0
	}
	return major
}

// BuildDescriber is a store that tells what its host builds with.
type BuildDescriber interface {
	BuildTraits(ctx context.Context) (BuildTraits, error)
}

// BuildTraitsOf returns what a store's host builds with. Of a store that tells nothing
// it returns the zero BuildTraits, with which whatever is not to be had everywhere is
// refused.
func BuildTraitsOf(ctx context.Context, store ImageStore) (BuildTraits, error) {
	describer, err := Role[BuildDescriber](store)
	if err != nil {
		return BuildTraits{}, nil //nolint:nilerr // that is what the zero value is for
	}
	return describer.BuildTraits(ctx)
}
