package docker

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/internal/engine"
)

// A name can be taken by a container that nobody can look at: one that another
// call is creating at this moment, or has just removed. It is asked for again
// after a pause that doubles, as long as this bound lets it.
const (
	firstPause = 20 * time.Millisecond
	patience   = 10 * time.Second
)

// Create makes a container of a spec, at rest. Its name is made of the owner and
// the ID, so that the engine itself sees to it that there is one, whatever other
// processes do and however often a call is repeated after its answer was lost.
//
// It takes one request where the instance is new, one more to find networks that are
// not the engine's own, before Engine 25 one more for each NIC after the first, one
// for the files, and one for each volume with a name, or two for one that is new.
func (d *Driver) Create(ctx context.Context, spec driver.Spec) (_ driver.Instance, err error) {
	const op = "create instance"
	ctx, end := d.change(ctx, op, spec.ID)
	defer end(&err)
	host := *d.host.Load()
	if err := errors.Join(driver.Validate(spec, host), engine.Gate(spec, host), d.validate(spec)); err != nil {
		return driver.Instance{}, d.name(op, spec.ID, err)
	}
	unlock, err := d.locks.Lock(ctx, spec.ID)
	if err != nil {
		return driver.Instance{}, d.name(op, spec.ID, err)
	}
	defer unlock()
	i, made, err := d.createWhole(ctx, spec, host)
	if err != nil {
		return driver.Instance{}, d.name(op, spec.ID, givenUp(ctx, d.unmakeVolumes(ctx, made, err)))
	}
	d.seen.putInstance(i)
	return i, nil
}

// createWhole creates a container with all that belongs to it before its start. It
// returns also the volumes that it made, which are to be unmade if it fails.
func (d *Driver) createWhole(ctx context.Context, spec driver.Spec, host driver.Host) (i driver.Instance, made []string, err error) {
	made, err = d.engine.MakeVolumes(ctx, d.owner, spec, host, d.policy)
	if err == nil {
		err = d.slots.in(ctx, func() (err error) {
			if i, err = d.createAt(ctx, spec, host); err == nil {
				err = d.putFiles(ctx, i, spec)
			}
			return err
		})
	}
	return i, made, err
}

// validate adds what this driver can't do to the rules of all drivers.
func (d *Driver) validate(spec driver.Spec) error {
	if err := errors.Join(d.validateNICs(spec.NICs), validateMounts(spec.Mounts)); err != nil {
		return err
	}
	return validateLabels(spec.Labels)
}

func validateLabels(labels map[string]string) error {
	for name := range labels {
		if strings.HasPrefix(name, engine.LabelPrefix) {
			return &dockerhv.FieldError{Field: "labels", Reason: fmt.Sprintf("%q begins with the driver's own %q", name, engine.LabelPrefix)}
		}
	}
	return nil
}

// createAt makes the container where its spec wants it on the host's networks.
func (d *Driver) createAt(ctx context.Context, spec driver.Spec, host driver.Host) (driver.Instance, error) {
	place, err := d.place(ctx, spec)
	if err != nil {
		return driver.Instance{}, err
	}
	i, err := d.create(ctx, spec, place, host)
	if err != nil {
		return driver.Instance{}, err
	}
	return i, d.plugFurther(ctx, i, place.NICs)
}

func (d *Driver) create(ctx context.Context, spec driver.Spec, place engine.Place, host driver.Host) (driver.Instance, error) {
	if hostID, ok := d.seen.get(spec.ID); ok {
		holder, err := d.engine.Inspect(ctx, hostID)
		if !errors.Is(err, dockerhv.ErrNotFound) && holder.State != driver.Retired {
			return d.adopt(ctx, spec, holder, err)
		}
		d.seen.drop(spec.ID)
	}
	begun := time.Now()
	for attempt := 1; ; attempt++ {
		name := d.containerName(spec.ID, attempt)
		i, err := d.createNamed(ctx, name, spec, place, host)
		switch {
		case err == nil && (attempt > 1 || time.Since(begun) > d.patience):
			return d.onlyOne(ctx, spec, i)
		case !errors.Is(err, errPhantom) || attempt == attempts:
			return i, err
		}
		d.logger.WarnContext(ctx, "the engine keeps a name of which it knows nothing; another is tried",
			"host", d.hostName(), "id", spec.ID, "kept", name, "tried", d.containerName(spec.ID, attempt+1))
	}
}

// errPhantom marks a name that stays taken by what nobody can look at.
var errPhantom = errors.New("nothing of that name can be looked at; restart the engine")

// createNamed creates the container, or returns the one that has the name already and
// is the instance.
func (d *Driver) createNamed(
	ctx context.Context, name string, spec driver.Spec, place engine.Place, host driver.Host,
) (driver.Instance, error) {
	deadline := time.Now().Add(d.patience)
	for pause := firstPause; ; pause *= 2 {
		hostID, warnings, err := d.engine.Create(ctx, name, d.owner, spec, place, host, d.policy)
		if err == nil {
			d.lives.created(hostID, spec.Restart)
			return d.created(spec, hostID), d.warned(ctx, spec.ID, hostID, warnings)
		}
		if !errors.Is(err, dockerhv.ErrConflict) {
			return driver.Instance{}, err
		}
		holder, holderErr := d.engine.Inspect(ctx, name)
		if !errors.Is(holderErr, dockerhv.ErrNotFound) {
			return d.adopt(ctx, spec, holder, holderErr)
		}
		if time.Now().After(deadline) {
			return driver.Instance{}, &dockerhv.Error{Class: dockerhv.ErrConflict, Err: errors.Join(err, errPhantom)}
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return driver.Instance{}, ctx.Err()
		}
	}
}

// onlyOne sees to it that a container that was just created is the only one of its
// instance, where its name does not.
func (d *Driver) onlyOne(ctx context.Context, spec driver.Spec, created driver.Instance) (driver.Instance, error) {
	members, err := d.engine.Members(ctx, d.owner, spec.ID)
	if err != nil {
		return driver.Instance{}, err
	}
	kept, err := d.decide(ctx, spec.ID, engine.Claimants(members))
	if err != nil || kept.HostID == created.HostID {
		return created, err
	}
	holder, err := d.engine.Inspect(ctx, kept.HostID)
	return d.adopt(ctx, spec, holder, err)
}

// warned reads what the engine says of a container that it has created. One that
// lacks an option, because the kernel can't honour it, is taken back: what was
// asked for is not dropped.
func (d *Driver) warned(ctx context.Context, id, hostID string, warnings []string) error {
	for _, warning := range warnings {
		if strings.Contains(strings.ToLower(warning), "discarded") {
			return d.takeBack(ctx, hostID, &dockerhv.Error{
				Class: errors.ErrUnsupported, Err: errors.New(warning), Next: "leave the option out or use another host",
			})
		}
		d.logger.WarnContext(ctx, "engine warns of instance", "host", d.hostName(), "id", id, "warning", warning)
	}
	return nil
}

// cleanupTimeout bounds taking back what can't stay, also after the caller has
// given up.
const cleanupTimeout = 30 * time.Second

// takeBack removes an instance at rest that could not be made as it was asked for,
// and returns why.
func (d *Driver) takeBack(ctx context.Context, hostID string, cause error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanupTimeout)
	defer cancel()
	return errors.Join(cause, d.engine.Remove(ctx, hostID, false))
}

// adopt decides what the container is that is there already, unless looking at it
// failed.
func (d *Driver) adopt(ctx context.Context, spec driver.Spec, holder driver.Instance, err error) (driver.Instance, error) {
	if err != nil {
		return driver.Instance{}, err
	}
	refuse := func(class, err error, next string) (driver.Instance, error) {
		return driver.Instance{}, &dockerhv.Error{Class: class, Err: err, Next: next}
	}
	switch {
	case holder.Owner != d.owner || holder.ID != spec.ID:
		return refuse(dockerhv.ErrConflict,
			fmt.Errorf("the container %s has the instance's name and is not this owner's", holder.HostID), "rename or remove it")
	case holder.State == driver.Removing || holder.State == driver.Dead:
		return refuse(dockerhv.ErrConflict,
			fmt.Errorf("an instance of this ID is %s", holder.State), "destroy it, then create it again")
	case holder.SpecHash != spec.Hash():
		return refuse(dockerhv.ErrExists,
			errors.New("the ID is in use with another spec"), "destroy that instance first or use another ID")
	}
	return d.explain(ctx, holder), nil
}

// created is what the engine would report of a container that was just created,
// without asking it.
func (d *Driver) created(spec driver.Spec, hostID string) driver.Instance {
	return driver.Instance{
		ID: spec.ID, Name: spec.Name, Template: spec.Template, Labels: maps.Clone(spec.Labels),
		Owner: d.owner, SpecHash: spec.Hash(), HostID: hostID, Image: spec.Image,
		State: driver.Created, Resources: spec.Resources.InForce(), Restart: spec.Restart, NetworkOf: spec.NetworkOf,
	}
}
