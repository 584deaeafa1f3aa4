package engine

import (
	"os"
	"strings"

	"github.com/docker/docker/api/types/mount"
	"github.com/docker/docker/api/types/versions"

	"github.com/dockerhv/dockerhv/driver"
)

// mounts are the spec's as the engine takes them: a few of the binds can be told only
// in its old form.
func mounts(owner string, spec driver.Spec, host driver.Host) (binds []string, all []mount.Mount) {
	for _, m := range spec.Mounts {
		if needsOldForm(m, host) {
			binds = append(binds, oldForm(m))
			continue
		}
		all = append(all, mountOf(owner, spec.ID, m))
	}
	return binds, all
}

func mountOf(owner, id string, m driver.Mount) mount.Mount {
	one := mount.Mount{Type: mount.Type(m.Type), Source: m.Source, Target: m.Target, ReadOnly: m.ReadOnly}
	switch m.Type {
	case driver.MountVolume:
		one.Source = volumeName(owner, m)
		one.VolumeOptions = volumeOptions(owner, id, m)
	case driver.MountBind:
		options := mount.BindOptions{
			Propagation: mount.Propagation(m.Propagation), NonRecursive: m.NonRecursive,
			CreateMountpoint: m.Create, ReadOnlyForceRecursive: m.ReadOnlyRecursive,
		}
		if options != (mount.BindOptions{}) {
			one.BindOptions = &options
		}
	case driver.MountTmpfs:
		if m.Size > 0 || m.Mode > 0 {
			one.TmpfsOptions = &mount.TmpfsOptions{SizeBytes: m.Size, Mode: os.FileMode(m.Mode)}
		}
	case driver.MountImage:
		if m.Subpath != "" {
			one.ImageOptions = &mount.ImageOptions{Subpath: m.Subpath}
		}
	}
	return one
}

// createsBinds is the API since which the new form of a bind can make its source.
const createsBinds = "1.42"

// needsOldForm tells whether only the old form of a bind says what is asked: no new
// one has SELinux labels, and those of Engine 20.10 make no folder.
func needsOldForm(m driver.Mount, host driver.Host) bool {
	return m.Relabel != "" || m.Create && !m.NonRecursive && versions.LessThan(host.APIVersion, createsBinds)
}

// oldForm is "source:target:options".
func oldForm(m driver.Mount) string {
	var options []string
	if m.ReadOnly {
		options = append(options, "ro")
	}
	switch m.Relabel {
	case driver.RelabelShared:
		options = append(options, "z")
	case driver.RelabelPrivate:
		options = append(options, "Z")
	}
	if m.Propagation != "" {
		options = append(options, string(m.Propagation))
	}
	bind := m.Source + ":" + m.Target
	if len(options) > 0 {
		bind += ":" + strings.Join(options, ",")
	}
	return bind
}
