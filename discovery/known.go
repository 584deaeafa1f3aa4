package discovery

import (
	"maps"
	"reflect"
	"slices"

	"github.com/dockerhv/dockerhv/driver"
)

// Known is the endpoints that a watch told of, by their String: what a Watcher keeps to
// tell what is different.
type Known map[string]driver.Endpoint

// Update makes the endpoints that there are now the known ones, and returns the changes:
// what was added or changed in the order of now, and then what is gone by its name. Of
// two endpoints of one name it takes the first.
func (k Known) Update(now []driver.Endpoint) []Change {
	var changes []Change
	found := make(map[string]bool, len(now))
	for _, e := range now {
		name := e.String()
		if found[name] {
			continue
		}
		found[name] = true
		before, ok := k[name]
		k[name] = e
		switch {
		case !ok:
			changes = append(changes, Change{Type: Added, Endpoint: e})
		case !reflect.DeepEqual(before, e):
			changes = append(changes, Change{Type: Changed, Endpoint: e})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(k)) {
		if !found[name] {
			changes = append(changes, Change{Type: Gone, Endpoint: k[name]})
			delete(k, name)
		}
	}
	return changes
}
