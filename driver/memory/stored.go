package memory

import (
	"context"
	"maps"
	"slices"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/template"
)

// user returns an instance of an image, if there is one. The caller has the lock.
func (h *Host) user(id string) *instance {
	for _, all := range []map[key]*instance{h.instances, h.retired} {
		for _, i := range all {
			if i.spec.Image == id {
				return i
			}
		}
	}
	return nil
}

// Stored returns the store's images.
func (s Images) Stored(ctx context.Context) (stored []template.Stored, err error) {
	err = s.call(ctx, "list images", "", func(h *Host) error {
		for _, id := range slices.Sorted(maps.Keys(h.images)) {
			one := template.Stored{ID: id, Used: h.user(id) != nil, Size: h.images[id].is.Size}
			for _, name := range slices.Sorted(maps.Keys(h.tags)) {
				if h.tags[name] == id {
					one.References = append(one.References, name)
				}
			}
			stored = append(stored, one)
		}
		return nil
	})
	return stored, err
}

// FullName returns the reference: a host in memory takes names as they are.
func (Images) FullName(ref string) (string, error) {
	if ref == "" {
		return "", refuse(dockerhv.ErrInvalid, "give a name", "the reference is empty")
	}
	return ref, nil
}

// Used returns what all images take: in memory they have nothing in common.
func (s Images) Used(ctx context.Context) (used int64, err error) {
	err = s.call(ctx, "measure images", "", func(h *Host) error {
		for _, i := range h.images {
			used += i.is.Size
		}
		return nil
	})
	return used, err
}
