package docker

import (
	"context"
	"errors"
	"fmt"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

// Volumes returns the owner's volumes, in two requests.
func (d *Driver) Volumes(ctx context.Context) (_ []driver.Volume, err error) {
	const op = "list volumes"
	ctx, end := d.read(ctx, op, "")
	defer end(&err)
	volumes, err := d.engine.Volumes(ctx, d.owner, "")
	return volumes, d.name(op, "", givenUp(ctx, err))
}

// DestroyVolume removes a volume of the owner's.
func (d *Driver) DestroyVolume(ctx context.Context, name string) (err error) {
	const op = "destroy volume"
	ctx, end := d.change(ctx, op, name)
	defer end(&err)
	volumes, err := d.engine.Volumes(ctx, d.owner, "")
	if err != nil {
		return d.name(op, name, givenUp(ctx, err))
	}
	for _, v := range volumes {
		if v.Name == name {
			return d.name(op, name, givenUp(ctx, d.removeVolume(ctx, v.HostID)))
		}
	}
	return nil
}

// validateMounts adds what engines can't do with several mounts: they name what an
// image is mounted from by the image.
func validateMounts(mounts []driver.Mount) error {
	seen := make(map[string]bool)
	for i, m := range mounts {
		if m.Type != driver.MountImage {
			continue
		}
		if seen[m.Source] {
			return &dockerhv.FieldError{
				Field:  fmt.Sprintf("mounts[%d].source", i),
				Reason: "is an image that is mounted already, which engines do once; mount a folder that holds both",
			}
		}
		seen[m.Source] = true
	}
	return nil
}

// unmakeVolumes takes back the volumes that a Create has made that came to nothing. It
// returns why, and what else went wrong.
func (d *Driver) unmakeVolumes(ctx context.Context, made []string, why error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanupTimeout)
	defer cancel()
	if err := d.removeUnused(ctx, made); err != nil {
		return errors.Join(why, err)
	}
	return why
}

// destroyVolumes removes what was made for an instance that is gone.
func (d *Driver) destroyVolumes(ctx context.Context, op, id string, opts driver.DestroyOptions) error {
	if !opts.Volumes {
		return nil
	}
	unlock, err := d.locks.Lock(ctx, id)
	if err != nil {
		return d.name(op, id, err)
	}
	defer unlock()
	volumes, err := d.engine.Volumes(ctx, d.owner, id)
	if err != nil {
		return d.name(op, id, givenUp(ctx, err))
	}
	var unused []string
	for _, v := range volumes {
		if !v.InUse {
			unused = append(unused, v.HostID)
		}
	}
	return d.name(op, id, givenUp(ctx, d.removeUnused(ctx, unused)))
}

// removeUnused removes volumes but for those that somebody has come to use.
func (d *Driver) removeUnused(ctx context.Context, hostIDs []string) error {
	for _, hostID := range hostIDs {
		if err := d.removeVolume(ctx, hostID); err != nil && !errors.Is(err, dockerhv.ErrConflict) {
			return err
		}
	}
	return nil
}

func (d *Driver) removeVolume(ctx context.Context, hostID string) error {
	if err := d.engine.RemoveVolume(ctx, hostID); !errors.Is(err, dockerhv.ErrNotFound) {
		return err
	}
	return nil
}
