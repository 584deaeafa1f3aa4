package driver

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/dockerhv/dockerhv"
)

// Kind is what an owner has on a host.
type Kind string

// The kinds. A driver may have more.
const (
	KindInstance Kind = "instance"
	KindNetwork  Kind = "network"
	KindVolume   Kind = "volume"
)

// Object is one thing that an owner has on a host.
type Object struct {
	Kind Kind
	// Name is what the driver's calls name it by, such as an instance's ID.
	Name string
	// Created is when, by the host's clock; zero if the host does not tell.
	Created time.Time
	// InUse is true while something uses it, such as an instance a network, running or
	// not.
	InUse bool
}

// Sweeper is a driver whose owner has more kinds of objects on a host than package
// driver knows of.
type Sweeper interface {
	// Objects lists those of further kinds.
	Objects(ctx context.Context) ([]Object, error)
	// Discard removes one that nothing uses. One that is used is dockerhv.ErrConflict,
	// an absent one is success.
	Discard(ctx context.Context, o Object) error
}

// Wanted is what an orchestrator wants to be on a host: names by kind.
type Wanted map[Kind][]string

// SweepObjects destroys what else than instances of the owner's nobody wants or uses,
// of the kinds that are keys of wanted, which has the names of those that are; Keep is
// of no meaning here. After a Sweep it takes what that left without a user. It returns
// what it destroyed, or would have; and, with that, the first error.
func SweepObjects(ctx context.Context, d Driver, wanted Wanted, opts SweepOptions) ([]Object, error) {
	if len(wanted) == 0 {
		return nil, nil
	}
	host, err := wellHost(ctx, d) // whose clock counts, not ours
	if err != nil {
		return nil, err
	}
	all, err := objects(ctx, d)
	if err != nil {
		return nil, err
	}
	var swept []Object
	for _, o := range all {
		names, asked := wanted[o.Kind]
		if !asked || o.Kind == KindInstance || slices.Contains(names, o.Name) || o.InUse || opts.spares(host, o.Created) {
			continue
		}
		if !opts.DryRun {
			err := discard(ctx, d, o)
			if errors.Is(err, dockerhv.ErrConflict) {
				continue // in use since
			}
			if err != nil {
				return swept, err
			}
		}
		swept = append(swept, o)
	}
	return swept, nil
}

// objects lists all that an owner has.
func objects(ctx context.Context, d Driver) ([]Object, error) {
	instances, err := d.List(ctx, Filter{})
	if err != nil {
		return nil, err
	}
	all := make([]Object, 0, len(instances))
	for _, i := range instances {
		all = append(all, Object{Kind: KindInstance, Name: i.ID, Created: i.Created})
	}
	if _, ok := As[Retirer](d); ok { // what is retired is nobody's to sweep, and uses what it will need again
		retired, err := d.List(ctx, Filter{States: []State{Retired}})
		if err != nil {
			return nil, err
		}
		instances = append(instances, retired...)
	}
	networks, err := Networks(ctx, d)
	if err != nil && !errors.Is(err, errors.ErrUnsupported) {
		return nil, err
	}
	for _, n := range networks {
		all = append(all, Object{Kind: KindNetwork, Name: n.Spec.ID, Created: n.Created, InUse: joined(n.Spec.ID, instances)})
	}
	volumes, err := Volumes(ctx, d)
	if err != nil && !errors.Is(err, errors.ErrUnsupported) {
		return nil, err
	}
	for _, v := range volumes {
		all = append(all, Object{Kind: KindVolume, Name: v.Name, Created: v.Created, InUse: v.InUse})
	}
	if s, ok := As[Sweeper](d); ok {
		others, err := s.Objects(ctx)
		if err != nil {
			return nil, err
		}
		all = append(all, others...)
	}
	return all, nil
}

// joined tells whether an instance has a NIC on a network.
func joined(network string, instances []Instance) bool {
	return slices.ContainsFunc(instances, func(i Instance) bool {
		return slices.ContainsFunc(i.NICs, func(n NIC) bool { return n.Network == network })
	})
}

// discard removes an object that is no instance.
func discard(ctx context.Context, d Driver, o Object) error {
	switch o.Kind { //nolint:exhaustive // instances are Destroy's, and there may be other kinds
	case KindNetwork:
		return DestroyNetwork(ctx, d, o.Name)
	case KindVolume:
		return DestroyVolume(ctx, d, o.Name)
	}
	if s, ok := As[Sweeper](d); ok {
		return s.Discard(ctx, o)
	}
	return unsupportedBy(d, "discard "+string(o.Kind), o.Name)
}
