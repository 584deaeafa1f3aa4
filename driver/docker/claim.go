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

// An engine makes a name unique, and so an instance. But it can lose a container and
// keep its name, until it is started again: nothing can be created by that name, and
// nothing looked up. Then another name is used, and what keeps the instance unique is
// that everybody who sees two containers of it settles on the same one:
//
//   - a driver that remembers an instance, from a call or a List, looks at it before
//     it creates one;
//   - who has created one by another name, or has waited for long, looks for others
//     afterwards;
//   - so does every call that has to look for an instance, and with it driver.Recover.

// attempts bounds how many names are tried.
const attempts = 3

// containerName is the name of an instance's container. No ID begins with a hyphen, so
// that a further attempt's name is no other instance's.
func (d *Driver) containerName(id string, attempt int) string {
	if attempt == 1 {
		return engine.Name(d.owner, id)
	}
	return fmt.Sprintf("%s.-%d.%s", d.owner, attempt, id)
}

// gives tells whether this driver gives a container of an instance such a name.
func (d *Driver) gives(name, id string) bool {
	for attempt := range attempts {
		if name == d.containerName(id, attempt+1) {
			return true
		}
	}
	return name == engine.NameAside(d.owner, engine.Replaced, "", id)
}

// rename gives a container that was set aside the name of an instance's again: a further
// attempt's where the engine keeps the first one, and knows nothing of it.
func (d *Driver) rename(ctx context.Context, hostID, id string) error {
	deadline := time.Now().Add(d.patience)
	for attempt := 1; ; {
		name := d.containerName(id, attempt)
		err := d.engine.Rename(ctx, hostID, name)
		if !errors.Is(err, dockerhv.ErrConflict) {
			return err
		}
		if _, lookErr := d.engine.Inspect(ctx, name); !errors.Is(lookErr, dockerhv.ErrNotFound) {
			return err // somebody has it
		}
		switch {
		case time.Now().After(deadline) && attempt == attempts:
			return err
		case time.Now().After(deadline):
			attempt++
		case !pause(ctx, endPoll):
			return ctx.Err()
		}
	}
}

// members returns the containers that carry an instance's ID, by their roles.
func (d *Driver) members(ctx context.Context, id string) (map[engine.Role]engine.Member, error) {
	all, err := d.engine.Members(ctx, d.owner, id)
	if err != nil {
		return nil, err
	}
	members := make(map[engine.Role]engine.Member, len(all))
	for _, m := range all {
		members[m.Role] = m
	}
	claimants := engine.Claimants(all)
	if len(claimants) < 2 {
		return members, nil
	}
	one, err := d.decide(ctx, id, claimants)
	members[claimants[0].Role] = engine.Member{Instance: one, Role: claimants[0].Role}
	return members, err
}

// decide returns which of the containers that claim to be an instance is it, and
// removes the others if they were never started. Who has labels like ours by another
// name, as a container of an image that was made of an instance, is not meant.
func (d *Driver) decide(ctx context.Context, id string, claimants []engine.Member) (driver.Instance, error) {
	if len(claimants) > 1 {
		named := slices.DeleteFunc(slices.Clone(claimants), func(c engine.Member) bool { return !d.gives(c.Name, id) })
		if len(named) > 0 {
			claimants = named
		}
	}
	if len(claimants) == 0 {
		return driver.Instance{}, &dockerhv.Error{Host: d.hostName(), ID: id, Class: dockerhv.ErrNotFound, Next: "create the instance first"}
	}
	slices.SortFunc(claimants, before)
	for _, c := range claimants[1:] {
		if c.State != driver.Created || !d.gives(c.Name, id) {
			return driver.Instance{}, d.disputed(id, claimants)
		}
	}
	for _, c := range claimants[1:] {
		// Without force: one that was started since is not removed.
		if err := d.engine.Remove(ctx, c.HostID, false); err != nil && !errors.Is(err, dockerhv.ErrNotFound) {
			return driver.Instance{}, err
		}
		d.logger.WarnContext(ctx, "removed a second container of an instance, which was never started",
			"host", d.hostName(), "id", id, "container", c.HostID, "kept", claimants[0].HostID)
	}
	return claimants[0].Instance, nil
}

// before orders claimants by how much would be lost with them, in the same way for
// all who look.
func before(a, b engine.Member) int {
	rank := func(c engine.Member) int {
		switch {
		case c.State.Active():
			return 0
		case c.State != driver.Created:
			return 1
		}
		return 2
	}
	return cmp.Or(cmp.Compare(rank(a), rank(b)), a.Created.Compare(b.Created), cmp.Compare(a.HostID, b.HostID))
}

func (d *Driver) disputed(id string, claimants []engine.Member) error {
	names := make([]string, 0, len(claimants))
	for _, c := range claimants {
		names = append(names, c.HostID+" ("+c.Name+")")
	}
	return &dockerhv.Error{
		Host: d.hostName(), ID: id, Class: dockerhv.ErrConflict,
		Err:  fmt.Errorf("%d containers claim to be the instance: %s", len(claimants), strings.Join(names, " and ")),
		Next: "remove those that this driver did not create",
	}
}
