package driver

import (
	"cmp"
	"context"
	"maps"
	"slices"
)

// Drift is how what is on a host differs from what is wanted, each ordered by kind and
// name.
type Drift struct {
	// Unwanted is there, and not wanted.
	Unwanted []Object
	// Missing is wanted, and not there; only its kind and name are known.
	Missing []Object
}

// Audit tells how what an owner has on a host differs from what is wanted, and changes
// nothing.
func Audit(ctx context.Context, d Driver, wanted Wanted) (Drift, error) {
	there, err := objects(ctx, d)
	if err != nil {
		return Drift{}, err
	}
	var drift Drift
	missing := make(Wanted, len(wanted))
	for kind, names := range wanted {
		missing[kind] = slices.Clone(names)
	}
	for _, o := range there {
		missing[o.Kind] = slices.DeleteFunc(missing[o.Kind], func(name string) bool { return name == o.Name })
		if !slices.Contains(wanted[o.Kind], o.Name) {
			drift.Unwanted = append(drift.Unwanted, o)
		}
	}
	for kind, names := range maps.All(missing) {
		for _, name := range names {
			drift.Missing = append(drift.Missing, Object{Kind: kind, Name: name})
		}
	}
	slices.SortFunc(drift.Unwanted, byName)
	slices.SortFunc(drift.Missing, byName)
	return drift, nil
}

func byName(a, b Object) int { return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name)) }
