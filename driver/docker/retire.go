package docker

import (
	"context"
	"errors"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/internal/engine"
)

// Retire stops an instance and sets it aside, by its container's name. Whenever it is
// cut off, the same call completes it.
//
// An engine starts some of what was stopped when it starts itself, by the restart
// policy: a retired instance has none, and the name keeps the old one.
func (d *Driver) Retire(ctx context.Context, id string, opts driver.StopOptions) (err error) {
	const op = "retire instance"
	ctx, end := d.change(ctx, op, id)
	defer end(&err)
	return d.amongMembers(ctx, op, id, func(members map[engine.Role]engine.Member) error {
		i, exists := engine.Instance(members)
		retired, before := members[engine.Retired]
		switch {
		case exists && before:
			return &dockerhv.Error{
				Class: dockerhv.ErrConflict, Err: errors.New("another instance of this ID is retired"), Next: "purge that one first",
			}
		case before:
			return d.engine.SetRestart(ctx, retired.HostID, driver.Restart{})
		case !exists:
			return errAbsent()
		}
		if err := d.stop(ctx, i.HostID, opts); err != nil {
			return err
		}
		now, err := d.engine.Inspect(ctx, i.HostID)
		if err != nil {
			return err
		}
		aside := engine.NameAside(d.owner, engine.Retired, engine.RestartDetail(now.Restart), id)
		err = d.engine.Rename(ctx, i.HostID, aside)
		d.seen.drop(id)
		if err != nil || now.Restart.Policy == driver.RestartNever {
			return err
		}
		return d.engine.SetRestart(ctx, i.HostID, driver.Restart{})
	})
}

// Restore brings a retired instance back, at rest.
func (d *Driver) Restore(ctx context.Context, id string) (err error) {
	const op = "restore instance"
	ctx, end := d.change(ctx, op, id)
	defer end(&err)
	return d.amongMembers(ctx, op, id, func(members map[engine.Role]engine.Member) error {
		_, exists := engine.Instance(members)
		retired, before := members[engine.Retired]
		switch {
		case exists && before:
			return &dockerhv.Error{
				Class: dockerhv.ErrExists, Err: errors.New("the ID is in use by another instance"), Next: "destroy or retire that one first",
			}
		case exists:
			return nil
		case !before:
			return errAbsent()
		}
		if policy := engine.RestartOf(retired.Detail); policy.Policy != driver.RestartNever {
			if err := d.engine.SetRestart(ctx, retired.HostID, policy); err != nil {
				return err
			}
		}
		return d.rename(ctx, retired.HostID, id)
	})
}

// Purge destroys a retired instance.
func (d *Driver) Purge(ctx context.Context, id string) (err error) {
	const op = "purge instance"
	ctx, end := d.change(ctx, op, id)
	defer end(&err)
	return d.amongMembers(ctx, op, id, func(members map[engine.Role]engine.Member) error {
		retired, before := members[engine.Retired]
		if !before {
			return nil
		}
		err := d.remove(ctx, retired.HostID, driver.DestroyOptions{Force: true})
		if errors.Is(err, dockerhv.ErrNotFound) {
			return nil
		}
		return err
	})
}

// amongMembers calls an operation on all containers that carry an instance's ID, while
// no other call for it is under way.
func (d *Driver) amongMembers(ctx context.Context, op, id string, call func(map[engine.Role]engine.Member) error) error {
	unlock, err := d.locks.Lock(ctx, id)
	if err != nil {
		return d.name(op, id, err)
	}
	defer unlock()
	members, err := d.members(ctx, id)
	if err == nil {
		err = call(members)
	}
	return d.name(op, id, givenUp(ctx, err))
}

func errAbsent() error {
	return &dockerhv.Error{Class: dockerhv.ErrNotFound, Next: "create the instance first"}
}
