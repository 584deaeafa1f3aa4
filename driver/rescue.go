package driver

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/dockerhv/dockerhv"
)

// RescueLabel marks an instance that stands in for another, with the image that it runs.
const RescueLabel = "dockerhv.rescue"

// rescueBound is how long what failed of a rescue may take to be undone.
const rescueBound = 2 * time.Minute

// RescueOptions says what stands in for an instance. Image is required.
type RescueOptions struct {
	// Image is the ID on the host of an image with the tools to mend with, as Spec.Image.
	Image string
	// Command is what it runs; nil means the image's own. It has a terminal and an input,
	// so that a shell waits there for [Console].
	Command []string
	// Stop says how the instance is stopped.
	Stop StopOptions
}

// Rescue runs another image in an instance's place, for somebody to mend what keeps the
// instance from working: it has its ID, its mounts, NICs, addresses and bounds, and
// neither its ports nor its secrets. The spec is the instance's own. It works with any
// driver that is a [Retirer]: the instance is stopped and retired meanwhile. What it wrote
// outside of its mounts can't be seen from there; [CopyOut] and [CopyIn] reach that while
// the instance is at rest, with no rescue.
//
// One that is rescued by the same image is success. If it fails, the instance is back, and
// runs again if it ran before; if it was cut off, the same call completes it, and Unrescue
// undoes it.
func Rescue(ctx context.Context, d Driver, spec Spec, opts RescueOptions) (Instance, error) {
	const op = "rescue instance"
	if _, ok := As[Retirer](d); !ok {
		return Instance{}, unsupportedBy(d, op, spec.ID)
	}
	if err := validateRescue(spec, opts); err != nil {
		return Instance{}, &dockerhv.Error{Op: op, ID: spec.ID, Err: err}
	}
	before, err := d.Inspect(ctx, spec.ID)
	if err == nil && Rescued(before) {
		if image := before.Labels[RescueLabel]; image != opts.Image {
			return Instance{}, &dockerhv.Error{
				Op: op, ID: spec.ID, Class: dockerhv.ErrExists, Err: fmt.Errorf("it is rescued by the image %s", image), Next: "unrescue it first",
			}
		}
		return standIn(ctx, d, spec, opts)
	}
	if errors.Is(err, dockerhv.ErrNotFound) {
		before, err = retired(ctx, d, op, spec.ID) // by a rescue that was cut off
	}
	if err != nil {
		return Instance{}, err
	}
	if before.State != Retired {
		err = Retire(ctx, d, spec.ID, opts.Stop)
	}
	var i Instance
	if err == nil {
		i, err = standIn(ctx, d, spec, opts)
	}
	if err != nil {
		return Instance{}, undoRescue(ctx, d, spec.ID, before.State.Active(), err)
	}
	return i, nil
}

// Unrescue ends a rescue: what stood in for the instance is destroyed, and the instance is
// back and started. Of one that is not rescued it starts the instance; whenever it was cut
// off, the same call completes it.
func Unrescue(ctx context.Context, d Driver, id string, opts StopOptions) error {
	const op = "unrescue instance"
	if _, ok := As[Retirer](d); !ok {
		return unsupportedBy(d, op, id)
	}
	i, err := d.Inspect(ctx, id)
	if err == nil && Rescued(i) {
		if _, err := retired(ctx, d, op, id); err != nil {
			return err // which was purged: what is left is not for us to destroy
		}
		err = d.Stop(ctx, id, opts)
	}
	if err != nil && !errors.Is(err, dockerhv.ErrNotFound) {
		return err
	}
	return back(ctx, d, id, true)
}

// Rescued tells whether an instance stands in for another of its ID.
func Rescued(i Instance) bool { return i.Labels[RescueLabel] != "" }

func validateRescue(spec Spec, opts RescueOptions) error {
	if opts.Image == "" {
		return &dockerhv.FieldError{Field: "image", Reason: "is empty; give the ID of an image that the host has"}
	}
	if _, ok := spec.Labels[RescueLabel]; ok {
		return &dockerhv.FieldError{Field: "labels", Reason: fmt.Sprintf("have %s, which is a rescue's; give the instance's own spec", RescueLabel)}
	}
	return nil
}

// retired returns the retired instance of an ID.
func retired(ctx context.Context, d Driver, op, id string) (Instance, error) {
	all, err := d.List(ctx, Filter{IDs: []string{id}, States: []State{Retired}})
	if err != nil {
		return Instance{}, err
	}
	if len(all) == 0 {
		return Instance{}, &dockerhv.Error{
			Op: op, ID: id, Class: dockerhv.ErrNotFound, Err: errors.New("no instance of this ID is retired"), Next: "create the instance first",
		}
	}
	return all[0], nil
}

// standIn creates and starts what stands in for an instance that is retired.
func standIn(ctx context.Context, d Driver, spec Spec, opts RescueOptions) (Instance, error) {
	if _, err := d.Create(ctx, rescueSpec(spec, opts)); err != nil {
		return Instance{}, err
	}
	if err := d.Start(ctx, spec.ID); err != nil {
		return Instance{}, err
	}
	return d.Inspect(ctx, spec.ID)
}

// undoRescue has the instance back after a rescue that failed, also if its caller gave up.
func undoRescue(ctx context.Context, d Driver, id string, run bool, why error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), rescueBound)
	defer cancel()
	err := back(ctx, d, id, run)
	if err == nil {
		return why
	}
	return &dockerhv.Error{
		Op: "rescue instance", ID: id, Class: why,
		Err:  fmt.Errorf("%w, and the instance is not back: %v", why, err), //nolint:errorlint // it is no class of this error
		Next: "unrescue it",
	}
}

// rescueSpec is what stands in for an instance.
func rescueSpec(spec Spec, opts RescueOptions) Spec {
	labels := maps.Clone(spec.Labels)
	if labels == nil {
		labels = make(map[string]string, 1)
	}
	labels[RescueLabel] = opts.Image
	return Spec{
		ID: spec.ID, Name: spec.Name, Hostname: spec.Hostname, Domain: spec.Domain,
		Image: opts.Image, Command: slices.Clone(opts.Command), TTY: true, Stdin: true, Labels: labels,
		Resources: spec.Resources, NICs: spec.NICs, NetworkOf: spec.NetworkOf, DNS: spec.DNS, Mounts: spec.Mounts,
		Ulimits: spec.Ulimits, IO: spec.IO, Security: spec.Security, Log: spec.Log, Runtime: spec.Runtime, Annotations: spec.Annotations,
	}
}

// back destroys what stands in for an instance, if anything does, and restores it.
func back(ctx context.Context, d Driver, id string, run bool) error {
	i, err := d.Inspect(ctx, id)
	if err == nil && Rescued(i) {
		err = d.Destroy(ctx, id, DestroyOptions{Force: true})
		i = Instance{}
	}
	if err != nil && !errors.Is(err, dockerhv.ErrNotFound) {
		return err
	}
	if i.ID == "" {
		if err := Restore(ctx, d, id); err != nil {
			return err
		}
	}
	if !run {
		return nil
	}
	return d.Start(ctx, id)
}
