package enginetest

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// An Inventory is what an engine holds, in its own words. Each list is sorted.
type Inventory struct {
	Containers []string // "name ID", running or not
	Volumes    []string // names
	Networks   []string // "name ID"
	Images     []string // "ID tags"
}

// Snapshot returns what an engine with a unix:// endpoint holds now.
func Snapshot(t testing.TB, endpoint string) Inventory {
	t.Helper()
	// The last snapshot of a test is taken while it cleans up, after its own context has ended.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), time.Minute)
	defer cancel()
	socket, ok := socketOf(endpoint)
	if !ok {
		t.Fatalf("endpoint %q: want unix://", endpoint)
	}
	inventory, err := take(ctx, socket)
	if err != nil {
		t.Fatal(err)
	}
	return inventory
}

// AssertUnchanged makes the test fail if its engine holds anything more or less at its end than now. Call it first, so
// that the test's other clean-ups run before; a test that shares the engine with parallel ones can't use it.
func AssertUnchanged(t testing.TB) {
	t.Helper()
	endpoint := Endpoint(t)
	before := Snapshot(t, endpoint)
	t.Cleanup(func() {
		if diff := cmp.Diff(before, Snapshot(t, endpoint)); diff != "" {
			t.Errorf("the engine is not as before (-before +after):\n%s", diff)
		}
	})
}

// take asks for the four lists.
func take(ctx context.Context, socket string) (Inventory, error) {
	var containers, networks, images []object
	var volumes struct{ Volumes []object }
	for path, list := range map[string]any{
		"/containers/json?all=1": &containers, "/volumes": &volumes, "/networks": &networks, "/images/json?all=1": &images,
	} {
		if err := do(ctx, socket, http.MethodGet, path, nil, list); err != nil {
			return Inventory{}, err
		}
	}
	return Inventory{
		Containers: lines(containers), Volumes: lines(volumes.Volumes), Networks: lines(networks), Images: lines(images),
	}, nil
}

// An object is what tells an entry of any of the engine's lists from another.
type object struct {
	ID       string `json:"Id"`
	Name     string
	Names    []string
	RepoTags []string
}

func lines(objects []object) []string {
	var all []string
	for _, o := range objects {
		slices.Sort(o.RepoTags)
		words := slices.Concat(o.Names, []string{o.Name, o.ID}, o.RepoTags)
		words = slices.DeleteFunc(words, func(word string) bool { return word == "" })
		all = append(all, strings.Join(words, " "))
	}
	slices.Sort(all)
	return all
}
