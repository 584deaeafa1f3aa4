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
func (d *Driver) Create(ctx context.Context, spec driver.Spec) (driver.Instance, error) {
	const op = "create instance"
	host := *d.host.Load()
	if err := errors.Join(driver.Validate(spec, host), engine.Gate(spec, host), d.validate(spec)); err != nil {
		return driver.Instance{}, d.name(op, spec.ID, err)
	}
	unlock, err := d.locks.lock(ctx, spec.ID)
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
		i, err = d.createAt(ctx, spec, host)
	}
	if err == nil {
		err = d.putFiles(ctx, i, spec)
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
	name := engine.Name(d.owner, spec.ID)
	deadline := time.Now().Add(patience)
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
		if holderErr == nil {
			return d.adopt(spec, name, d.explain(ctx, holder))
		}
		if !errors.Is(holderErr, dockerhv.ErrNotFound) || time.Now().After(deadline) {
			return driver.Instance{}, err
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return driver.Instance{}, ctx.Err()
		}
	}
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

// adopt decides what the container is that has the instance's name already.
func (d *Driver) adopt(spec driver.Spec, name string, holder driver.Instance) (driver.Instance, error) {
	refuse := func(class, err error, next string) (driver.Instance, error) {
		return driver.Instance{}, &dockerhv.Error{Class: class, Err: err, Next: next}
	}
	switch {
	case holder.Owner != d.owner || holder.ID != spec.ID:
		return refuse(dockerhv.ErrConflict,
			fmt.Errorf("the container %s has the name %s and is not this owner's", holder.HostID, name), "rename or remove it")
	case holder.State == driver.Removing || holder.State == driver.Dead:
		return refuse(dockerhv.ErrConflict,
			fmt.Errorf("an instance of this ID is %s", holder.State), "destroy it, then create it again")
	case holder.SpecHash != spec.Hash():
		return refuse(dockerhv.ErrExists,
			errors.New("the ID is in use with another spec"), "destroy that instance first or use another ID")
	}
	return holder, nil
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
