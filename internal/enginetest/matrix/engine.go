package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dockerhv/dockerhv/internal/enginetest"
)

// An engine is one that the tests are to run on.
type engine struct {
	name       string
	suite      string // of Debian, whose engine it is
	version    string // what its version begins with; empty where that moves
	containerd bool   // whether images are in containerd's store or in the storage driver's
}

// engines are those beside the machine's own, on which the tests run anyway.
var engines = []engine{
	{name: "trixie", suite: "trixie", version: "26.1."},
	{name: "sid", suite: "sid"},
	{name: "sid-containerd", suite: "sid", containerd: true},
}

// options are those of a private engine. The store is always said, as the default is not the same in all versions.
func (e engine) options(root string) enginetest.Options {
	return enginetest.Options{
		Root:   root,
		Config: map[string]any{"features": map[string]bool{"containerd-snapshotter": e.containerd}},
	}
}

// check says what is wrong with an engine that is another than was meant.
func (e engine) check(got enginetest.Description) error {
	if !strings.HasPrefix(got.Version, e.version) {
		return fmt.Errorf("its version is %s, not %s*", got.Version, e.version)
	}
	if got.ContainerdStore != e.containerd {
		return fmt.Errorf("containerd's image store: %v, want %v", got.ContainerdStore, e.containerd)
	}
	return nil
}

// choose returns the engines of a list of names, or all.
func choose(list string) ([]engine, error) {
	if list == "" {
		return engines, nil
	}
	var chosen []engine
	for name := range strings.SplitSeq(list, ",") {
		i := slices.IndexFunc(engines, func(e engine) bool { return e.name == name })
		if i < 0 {
			return nil, fmt.Errorf("no engine is called %q; there are %s", name, names(engines))
		}
		chosen = append(chosen, engines[i])
	}
	return chosen, nil
}

func names(all []engine) string {
	var list []string
	for _, e := range all {
		list = append(list, e.name)
	}
	return strings.Join(list, ",")
}
