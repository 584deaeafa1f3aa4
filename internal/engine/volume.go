package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/mount"
	"github.com/docker/docker/api/types/volume"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

// localDriver is the engine's own driver of volumes.
const localDriver = "local"

// volumeName is the engine's name of a volume. It begins with the owner, as names of
// containers do, so that those of two owners never meet.
func volumeName(owner string, m driver.Mount) string {
	if m.External || m.Source == "" {
		return m.Source
	}
	return owner + "." + m.Source
}

// volumeOptions tells the engine how to make the volume if it is not there.
func volumeOptions(owner, id string, m driver.Mount) *mount.VolumeOptions {
	options := &mount.VolumeOptions{NoCopy: m.NoCopy, Subpath: m.Subpath}
	if m.Driver != "" || len(m.Options) > 0 {
		options.DriverConfig = &mount.Driver{Name: cmp.Or(m.Driver, localDriver), Options: m.Options}
	}
	if m.Source != "" && !m.External {
		options.Labels = volumeLabels(owner, id, m.Source)
	}
	if !options.NoCopy && options.Subpath == "" && options.DriverConfig == nil && options.Labels == nil {
		return nil
	}
	return options
}

// MakeVolumes sees to it that the named volumes of a spec are there and are what it
// says, as far as the policy allows all of the spec. It returns the engine's names of
// those that it has made. One that is there and is another is dockerhv.ErrConflict.
// Two processes that make one volume at once get the same.
func (e *Engine) MakeVolumes(
	ctx context.Context, owner string, spec driver.Spec, host driver.Host, policy driver.Policy,
) (made []string, err error) {
	named := func(m driver.Mount) bool { return m.Type == driver.MountVolume && m.Source != "" }
	if !slices.ContainsFunc(spec.Mounts, named) {
		return nil, nil
	}
	if err := e.permit(policy, owner, "", hostConfig(owner, spec, host)); err != nil {
		return nil, err
	}
	for i, m := range spec.Mounts {
		if !named(m) {
			continue
		}
		isNew, err := e.makeVolume(ctx, fmt.Sprintf("mounts[%d].source", i), owner, spec.ID, m, policy)
		if isNew {
			made = append(made, volumeName(owner, m))
		}
		if err != nil {
			return made, err
		}
	}
	return made, nil
}

func (e *Engine) makeVolume(
	ctx context.Context, at, owner, id string, m driver.Mount, policy driver.Policy,
) (isNew bool, err error) {
	const op = "make volume"
	name := volumeName(owner, m)
	v, err := e.cli.VolumeInspect(ctx, name)
	if err != nil {
		err = e.fail(op, name, err)
	}
	switch {
	case err == nil && m.External:
		return false, permitVolume(policy, v.Driver, v.Options, e.look(append(slices.Clone(policy.Paths), v.Options[optionDevice])))
	case err == nil:
		return false, differs(at, v, owner, m)
	case m.External || !errors.Is(err, dockerhv.ErrNotFound):
		return false, err
	}
	v, err = e.cli.VolumeCreate(ctx, volume.CreateOptions{
		Name: name, Driver: cmp.Or(m.Driver, localDriver), DriverOpts: m.Options, Labels: volumeLabels(owner, id, m.Source),
	})
	if err != nil {
		return false, e.fail(op, name, err)
	}
	err = differs(at, v, owner, m)
	return err == nil && v.Labels[labelInstance] == id, err // another process may have been quicker
}

// differs tells what is another about a volume than the spec says. It does not tell
// the options' values, which may be secret.
func differs(at string, v volume.Volume, owner string, m driver.Mount) error {
	var what, next string
	switch {
	case v.Labels[labelOwner] != owner || v.Labels[labelVolume] != m.Source:
		what, next = "and is not this owner's", "rename or remove it, or say that it is external"
	case v.Driver != cmp.Or(m.Driver, localDriver):
		what, next = fmt.Sprintf("with the driver %q", v.Driver), "use that driver, or another volume"
	case !maps.Equal(v.Options, m.Options):
		what, next = "with other options", "use its options, or another volume"
	default:
		return nil
	}
	return &dockerhv.Error{
		Class: dockerhv.ErrConflict, Err: fmt.Errorf("%s: the volume %s is there already %s", at, v.Name, what), Next: next,
	}
}

// Volumes returns the owner's volumes, in two requests; those that were made for an
// instance where an ID is given.
func (e *Engine) Volumes(ctx context.Context, owner, instance string) ([]driver.Volume, error) {
	match := filters.NewArgs(filters.Arg("label", labelOwner+"="+owner), filters.Arg("label", labelVolume))
	if instance != "" {
		match.Add("label", labelInstance+"="+instance)
	}
	all, err := e.listVolumes(ctx, match)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	match.Add("dangling", "true")
	unused, err := e.listVolumes(ctx, match)
	if err != nil {
		return nil, err
	}
	volumes := make([]driver.Volume, 0, len(all))
	for _, v := range all {
		volumes = append(volumes, driver.Volume{
			Name: v.Labels[labelVolume], Instance: v.Labels[labelInstance], HostID: v.Name, Driver: v.Driver,
			Created: parseTime(v.CreatedAt), InUse: !slices.ContainsFunc(unused, func(u *volume.Volume) bool { return u.Name == v.Name }),
		})
	}
	slices.SortFunc(volumes, func(a, b driver.Volume) int { return strings.Compare(a.Name, b.Name) })
	return volumes, nil
}

func (e *Engine) listVolumes(ctx context.Context, match filters.Args) ([]*volume.Volume, error) {
	list, err := e.cli.VolumeList(ctx, volume.ListOptions{Filters: match})
	if err != nil {
		return nil, e.fail("list volumes", "", err)
	}
	return slices.DeleteFunc(list.Volumes, func(v *volume.Volume) bool { return v == nil }), nil
}

// RemoveVolume removes a volume by the engine's name. One that a container uses is
// dockerhv.ErrConflict.
func (e *Engine) RemoveVolume(ctx context.Context, hostID string) error {
	return e.done("destroy volume", hostID, e.cli.VolumeRemove(ctx, hostID, false))
}
