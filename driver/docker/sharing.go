package docker

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

// errHolder makes the error of an instance that can't have its holder's network.
func errHolder(holder, reason, next string) error {
	return &dockerhv.Error{Class: dockerhv.ErrConflict, Err: &driver.NetworkLostError{Holder: holder, Reason: reason}, Next: next}
}

// beginShared starts a container that may have another's network, or says why it
// can't have it.
func (d *Driver) beginShared(ctx context.Context, id, hostID string, start func(lost bool) error) error {
	holder := d.seen.holder(id)
	if holder == "" {
		return start(false)
	}
	lost, err := d.checkHolder(ctx, hostID, holder)
	if err != nil {
		return err
	}
	if err = start(lost); err == nil {
		return nil
	}
	// The holder may have gone in between; the engine's words on that are many.
	if _, again := d.checkHolder(ctx, hostID, holder); again != nil {
		return again
	}
	return err
}

// checkHolder tells whether an instance runs and has lost its holder's network, and
// refuses where it can't have it at all.
func (d *Driver) checkHolder(ctx context.Context, hostID, holder string) (lost bool, err error) {
	i, bound, err := d.engine.Sharer(ctx, hostID)
	if err != nil {
		return false, err
	}
	h, err := d.holder(ctx, holder)
	switch {
	case errors.Is(err, dockerhv.ErrNotFound):
		return false, errHolder(holder, "it does not exist", "create that instance, and this one again")
	case err != nil:
		return false, err
	case h.HostID != bound:
		return false, errHolder(holder, "it was replaced since this instance was created", "destroy this instance and create it again")
	case h.State != driver.Running && h.State != driver.Paused:
		return false, errHolder(holder, fmt.Sprintf("it is %s", h.State), "start that instance first")
	}
	return networkLost(i, h), nil
}

// holder returns an instance whose network another has.
func (d *Driver) holder(ctx context.Context, id string) (h driver.Instance, err error) {
	err = d.do(ctx, "inspect instance", id, func(hostID string) error {
		h, err = d.engine.Inspect(ctx, hostID)
		return err
	})
	return h, err
}

// networkLost tells whether an instance that runs does so without its holder's
// network: a network lasts from one start of the holder to its next stop.
func networkLost(i, holder driver.Instance) bool {
	return i.State.Active() && (!holder.State.Active() || holder.Started.After(i.Started))
}

// markLost marks which of the instances on a list have lost their network, as far as
// the list tells: one that has all instances lacks only a holder that is gone.
func markLost(instances []driver.Instance, all bool) {
	for n, i := range instances {
		if i.NetworkOf == "" || !i.State.Active() {
			continue
		}
		at := slices.IndexFunc(instances, func(h driver.Instance) bool { return h.ID == i.NetworkOf })
		instances[n].NetworkLost = at >= 0 && !instances[at].State.Active() || at < 0 && all
	}
}

// planHolder adds to a change that the holder is not the container any more whose
// network an instance was created with, for which it must be created again.
func (d *Driver) planHolder(ctx context.Context, change driver.Change, hostID string, spec driver.Spec) (driver.Change, error) {
	if spec.NetworkOf == "" || slices.Contains(change.Fields, fieldNetworkOf) {
		return change, nil
	}
	_, bound, err := d.engine.Sharer(ctx, hostID)
	if err != nil {
		return driver.Change{}, err
	}
	h, err := d.holder(ctx, spec.NetworkOf)
	if err != nil && !errors.Is(err, dockerhv.ErrNotFound) {
		return driver.Change{}, err
	}
	if h.HostID != bound {
		change.Action, change.Fields = driver.ActionRecreate, append(change.Fields, fieldNetworkOf)
		slices.Sort(change.Fields)
	}
	return change, nil
}

const fieldNetworkOf = "networkOf"
