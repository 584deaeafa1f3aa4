package docker

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/internal/engine"
)

// CreateNetwork makes a network of a spec. Its name is made of the owner and the ID,
// as a container's is. It takes three requests where the network is new, for an
// engine before 25 makes as many networks of one name as are asked for at once.
func (d *Driver) CreateNetwork(ctx context.Context, spec driver.NetworkSpec) (_ driver.Network, err error) {
	const op = "create network"
	ctx, end := d.change(ctx, op, spec.ID)
	defer end(&err)
	if err := errors.Join(driver.ValidateNetwork(spec), validateLabels(spec.Labels), engine.PermitNetwork(d.policy, spec)); err != nil {
		return driver.Network{}, d.name(op, spec.ID, err)
	}
	unlock, err := d.locks.Lock(ctx, networkLock(spec.ID))
	if err != nil {
		return driver.Network{}, d.name(op, spec.ID, err)
	}
	defer unlock()
	n, err := d.settle(ctx, spec.ID)
	if errors.Is(err, dockerhv.ErrNotFound) {
		// Another process may have been quicker: what counts is what is there then.
		refusal := d.engine.CreateNetwork(ctx, d.owner, spec)
		if n, err = d.settle(ctx, spec.ID); errors.Is(err, dockerhv.ErrNotFound) && refusal != nil {
			err = refusal
		}
	}
	if err == nil && n.Spec.Hash() != spec.Hash() {
		err = &dockerhv.Error{
			Class: dockerhv.ErrExists, Err: errors.New("the ID is in use with another spec"),
			Next: "destroy that network first or use another ID",
		}
	}
	if err != nil {
		return driver.Network{}, d.name(op, spec.ID, givenUp(ctx, err))
	}
	return n.Network, nil
}

// networkLock parts the locks of networks from those of instances.
func networkLock(id string) string { return "network/" + id }

// Networks returns the owner's networks.
func (d *Driver) Networks(ctx context.Context) (_ []driver.Network, err error) {
	ctx, end := d.read(ctx, "list networks", "")
	defer end(&err)
	all, err := d.engine.Networks(ctx)
	if err != nil {
		return nil, givenUp(ctx, err)
	}
	var own []driver.Network
	for _, n := range all {
		if n.Owner == d.owner && !slices.ContainsFunc(own, func(o driver.Network) bool { return o.Spec.ID == n.Spec.ID }) {
			own = append(own, n.Network)
		}
	}
	slices.SortFunc(own, func(a, b driver.Network) int { return cmp.Compare(a.Spec.ID, b.Spec.ID) })
	return own, nil
}

// own returns the owner's networks of an ID, the oldest first.
func (d *Driver) own(ctx context.Context, id string) ([]engine.Network, error) {
	all, err := d.engine.Networks(ctx)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(all, func(n engine.Network) bool { return n.Owner != d.owner || n.Spec.ID != id }), nil
}

// settle returns the owner's network of an ID. Where there are several, it removes
// those that are too many: of the unused ones all but the oldest, so that all who
// settle at once leave the same one.
func (d *Driver) settle(ctx context.Context, id string) (engine.Network, error) {
	for range 3 {
		found, err := d.own(ctx, id)
		switch {
		case err != nil:
			return engine.Network{}, err
		case len(found) == 0:
			return engine.Network{}, &dockerhv.Error{Class: dockerhv.ErrNotFound, Err: fmt.Errorf("there is no network %s", id), Next: "create it first"}
		case len(found) == 1:
			return found[0], nil
		}
		left := len(found)
		for _, n := range slices.Backward(found) {
			if left == 1 {
				break
			}
			err := d.engine.DestroyNetwork(ctx, n.HostID)
			switch {
			case err == nil, errors.Is(err, dockerhv.ErrNotFound):
				left--
			case !errors.Is(err, dockerhv.ErrConflict): // which is one in use
				return engine.Network{}, err
			}
		}
	}
	return engine.Network{}, &dockerhv.Error{
		Class: dockerhv.ErrConflict, Err: fmt.Errorf("there are several networks %s, and instances on more than one", id),
		Next: "destroy the instances on one of them",
	}
}

// endpointPatience bounds how long DestroyNetwork waits for what is just leaving.
const endpointPatience = 5 * time.Second

// DestroyNetwork removes a network. One that an instance has a NIC on, also at rest,
// is dockerhv.ErrConflict; an absent one is success.
func (d *Driver) DestroyNetwork(ctx context.Context, id string) (err error) {
	const op = "destroy network"
	ctx, end := d.change(ctx, op, id)
	defer end(&err)
	unlock, err := d.locks.Lock(ctx, networkLock(id))
	if err != nil {
		return d.name(op, id, err)
	}
	defer unlock()
	return d.name(op, id, givenUp(ctx, d.destroyNetwork(ctx, id)))
}

func (d *Driver) destroyNetwork(ctx context.Context, id string) error {
	found, err := d.own(ctx, id)
	if err != nil || len(found) == 0 {
		return err
	}
	users, err := d.usersOf(ctx, id)
	if err != nil {
		return err
	}
	if len(users) > 0 {
		return inUse("the instances " + strings.Join(users, ", "))
	}
	for _, n := range found {
		if err := d.removeNetwork(ctx, n.HostID); err != nil {
			return err
		}
	}
	return nil
}

// usersOf lists the owner's instances that have a NIC on a network.
func (d *Driver) usersOf(ctx context.Context, id string) ([]string, error) {
	instances, err := d.engine.List(ctx, d.owner, driver.Filter{})
	if err != nil {
		return nil, err
	}
	var users []string
	for _, i := range instances {
		if slices.ContainsFunc(i.NICs, func(n driver.NIC) bool { return n.Network == id }) {
			users = append(users, i.ID)
		}
	}
	return users, nil
}

// removeNetwork removes a network that no instance of the owner's is on. An engine
// refuses while an endpoint is there, which may be about to go, or be what a crash
// left of a container.
func (d *Driver) removeNetwork(ctx context.Context, hostID string) error {
	deadline := time.Now().Add(endpointPatience)
	for pause := firstPause; ; pause = min(2*pause, lastPause) {
		err := d.engine.DestroyNetwork(ctx, hostID)
		switch {
		case err == nil, errors.Is(err, dockerhv.ErrNotFound):
			return nil
		case !errors.Is(err, dockerhv.ErrConflict):
			return err
		}
		users, dropErr := d.dropStale(ctx, hostID)
		if dropErr != nil || time.Now().After(deadline) {
			if dropErr == nil && len(users) > 0 {
				return inUse("the containers " + strings.Join(users, ", "))
			}
			return errors.Join(err, dropErr)
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// dropStale takes off a network what containers left that are gone, and returns the
// names of those that are there.
func (d *Driver) dropStale(ctx context.Context, hostID string) (users []string, err error) {
	endpoints, err := d.engine.Endpoints(ctx, hostID)
	if err != nil {
		if errors.Is(err, dockerhv.ErrNotFound) {
			return nil, nil
		}
		return nil, err
	}
	for id, name := range endpoints {
		_, err := d.engine.Inspect(ctx, id)
		if errors.Is(err, dockerhv.ErrNotFound) {
			err = d.engine.DropEndpoint(ctx, hostID, name)
		} else {
			users = append(users, name)
		}
		if err != nil && !errors.Is(err, dockerhv.ErrNotFound) {
			return nil, err
		}
	}
	slices.Sort(users)
	return users, nil
}

func inUse(by string) error {
	return &dockerhv.Error{
		Class: dockerhv.ErrConflict, Err: fmt.Errorf("it is in use by %s", by), Next: "unplug or destroy them first",
	}
}
