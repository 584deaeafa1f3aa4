package docker

import (
	"context"
	"errors"
	"fmt"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/internal/engine"
)

// Replace puts another container in the place of an instance's. The old one is set
// aside by its name, until the new one is ready; so whenever the call is cut off, both
// are known for what they are, and the same call completes it.
func (d *Driver) Replace(ctx context.Context, spec driver.Spec, opts driver.ReplaceOptions) (_ driver.Instance, err error) {
	const op = "replace instance"
	ctx, end := d.change(ctx, op, spec.ID)
	defer end(&err)
	host := *d.host.Load()
	if err := errors.Join(driver.Validate(spec, host), engine.Gate(spec, host), d.validate(spec)); err != nil {
		return driver.Instance{}, d.name(op, spec.ID, err)
	}
	var replaced driver.Instance
	err = d.amongMembers(ctx, op, spec.ID, func(members map[engine.Role]engine.Member) error {
		r := replacement{driver: d, spec: spec, host: host, opts: opts}
		if err := r.find(ctx, members); err != nil {
			return err
		}
		err := r.run(ctx)
		if err == nil {
			replaced, err = d.engine.Inspect(ctx, r.newID)
		}
		return err
	})
	if err != nil {
		return driver.Instance{}, err
	}
	return d.explain(ctx, replaced), nil
}

// replacement is one call of Replace, and how far it, or one before, has come.
type replacement struct {
	driver *Driver
	spec   driver.Spec
	host   driver.Host
	opts   driver.ReplaceOptions

	newID string   // empty while there is none
	oldID string   // empty once it is removed
	aside bool     // the old one has been set aside
	ran   bool     // the old one runs, or may have before
	made  []string // the volumes that were made for the new one
}

// find finds out what is there.
func (r *replacement) find(ctx context.Context, members map[engine.Role]engine.Member) error {
	itself, exists := members[engine.Itself]
	old, aside := members[engine.Replaced]
	switch {
	case !exists && !aside:
		return errAbsent()
	case exists && itself.SpecHash == r.spec.Hash():
		r.newID = itself.HostID
	case exists && aside: // by a call with another spec, which never came to its end
		if err := r.driver.remove(ctx, itself.HostID, driver.DestroyOptions{Force: true}); err != nil {
			return err
		}
	case exists:
		r.oldID, r.ran = itself.HostID, itself.State.Active()
	}
	if aside {
		r.oldID, r.aside, r.ran = old.HostID, true, true
	}
	return nil
}

// run does what is left to do.
func (r *replacement) run(ctx context.Context) error {
	if r.oldID == "" {
		return nil // it is as the spec says, and nothing was before
	}
	err := r.begin(ctx)
	if err == nil {
		err = r.opts.Await(ctx, r.driver, r.spec.ID)
	}
	if err != nil {
		return r.rollBack(ctx, err)
	}
	// From here on there is no way back: the new one is ready.
	if err := r.driver.stop(ctx, r.oldID, r.opts.Stop); err != nil && !errors.Is(err, dockerhv.ErrNotFound) {
		return err
	}
	err = r.driver.remove(ctx, r.oldID, driver.DestroyOptions{Force: true})
	if err != nil && !errors.Is(err, dockerhv.ErrNotFound) {
		return err
	}
	r.driver.lives.with(r.newID, func(one *life) { one.alone = true })
	return nil
}

// begin sets the old one aside and starts the new one.
func (r *replacement) begin(ctx context.Context) error {
	d := r.driver
	if !r.opts.StartFirst {
		if err := d.stop(ctx, r.oldID, r.opts.Stop); err != nil {
			return err
		}
	}
	if !r.aside {
		if err := d.engine.Rename(ctx, r.oldID, engine.NameAside(d.owner, engine.Replaced, "", r.spec.ID)); err != nil {
			return err
		}
		r.aside = true
	}
	d.seen.drop(r.spec.ID)
	i, made, err := d.createWhole(ctx, r.spec, r.host)
	r.made = append(r.made, made...)
	if err != nil {
		return err
	}
	r.newID = i.HostID
	d.lives.with(r.newID, func(one *life) { one.alone = false })
	d.seen.putInstance(i)
	return d.start(ctx, r.spec.ID, r.newID)
}

// rollBack has the old one back, also after the caller has given up.
func (r *replacement) rollBack(ctx context.Context, why error) error {
	d := r.driver
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanupTimeout+d.killBudget)
	defer cancel()
	err := r.restore(ctx)
	if err == nil {
		return d.unmakeVolumes(ctx, r.made, why)
	}
	return &dockerhv.Error{
		Class: why, Err: fmt.Errorf("%w, and the old instance is not back: %v", why, err), //nolint:errorlint // it is no class of this error
		Next: "replace it again",
	}
}

func (r *replacement) restore(ctx context.Context) error {
	d := r.driver
	d.seen.drop(r.spec.ID)
	if r.newID != "" {
		if err := d.remove(ctx, r.newID, driver.DestroyOptions{Force: true}); err != nil && !errors.Is(err, dockerhv.ErrNotFound) {
			return err
		}
	}
	if r.aside {
		if err := d.rename(ctx, r.oldID, r.spec.ID); err != nil {
			return err
		}
	}
	if !r.ran {
		return nil
	}
	return d.start(ctx, r.spec.ID, r.oldID)
}
