package engine

import (
	"path"
	"slices"
	"strings"

	"github.com/docker/docker/api/types/mount"

	"github.com/dockerhv/dockerhv/driver"
)

// permitBinds reads the engine's old form of a mount, in which only binds are told.
func (r *request) permitBinds() error {
	for _, bind := range r.host.Binds {
		source, rest, _ := strings.Cut(bind, ":")
		target, options, _ := strings.Cut(rest, ":")
		if !path.IsAbs(source) || !path.IsAbs(target) || strings.Contains(options, ":") {
			return deny(true, "mounts", "a mount in the engine's old form that is no bind")
		}
		for option := range strings.SplitSeq(options, ",") {
			if !slices.Contains(bindOptions, option) {
				return deny(true, "mounts", "the option "+option)
			}
		}
		if err := permitPath(r.policy, source, r.seen); err != nil {
			return err
		}
	}
	r.host.Binds = nil
	return nil
}

var bindOptions = []string{"", "ro", "rw", "z", "Z", "private", "rprivate", "slave", "rslave", "shared", "rshared"}

func (r *request) permitMounts() error {
	for _, m := range r.host.Mounts {
		left, err := r.permitMount(m)
		if err != nil {
			return err
		}
		if left != (mount.Mount{}) {
			return deny(true, "mounts", "an option of "+m.Target+" that is not known to be harmless")
		}
	}
	r.host.Mounts = nil
	return nil
}

// permitMount judges a mount and returns what it did not know how to judge.
func (r *request) permitMount(m mount.Mount) (left mount.Mount, err error) {
	switch m.Type {
	case mount.TypeBind:
		err = permitPath(r.policy, m.Source, r.seen)
		m.BindOptions = nil // who may have a path may have it in any of these ways
	case mount.TypeVolume:
		err = r.permitVolumeMount(m)
		m.VolumeOptions = nil
	case mount.TypeTmpfs:
		if o := m.TmpfsOptions; o != nil && len(o.Options) == 0 {
			m.TmpfsOptions = nil
		}
	case mount.TypeImage:
		m.ImageOptions = nil
	case mount.TypeNamedPipe, mount.TypeCluster:
		return m, nil
	default:
		return m, nil
	}
	m.Type, m.Source, m.Target, m.ReadOnly = "", "", "", false
	return m, err
}

func (r *request) permitVolumeMount(m mount.Mount) error {
	others := m.Source != "" && !strings.HasPrefix(m.Source, r.owner+".")
	if err := deny(others && !slices.Contains(r.policy.Volumes, m.Source), "mounts", "the volume "+m.Source+", which is not the owner's"); err != nil {
		return err
	}
	if m.VolumeOptions == nil || m.VolumeOptions.DriverConfig == nil {
		return nil
	}
	config := m.VolumeOptions.DriverConfig
	return permitVolume(r.policy, config.Name, config.Options, r.seen)
}

// The options of the engine's own driver of volumes.
const (
	optionType   = "type"
	optionDevice = "device"
	optionMount  = "o"
	optionSize   = "size"
)

// permitVolume looks through a volume: with options, the engine's own driver mounts
// anything of the host.
func permitVolume(policy driver.Policy, name string, options map[string]string, seen view) error {
	local := name == "" || name == localDriver
	if err := deny(!local && !slices.Contains(policy.VolumeDrivers, name), "mounts", "the volume driver "+name); err != nil || !local {
		return err
	}
	for option := range options {
		if !slices.Contains([]string{optionType, optionDevice, optionMount, optionSize}, option) {
			return deny(true, "mounts", "the option "+option+" of a volume")
		}
	}
	kind, device := options[optionType], options[optionDevice]
	how := strings.Split(options[optionMount], ",")
	switch {
	case device == "" && kind == "":
		return nil
	case isBind(how):
		return permitPath(policy, device, seen)
	case kind == "tmpfs" && containsOnly(how, tmpfsOptions):
		return nil
	case !slices.Contains(policy.VolumeDrivers, localDriver):
		return deny(true, "mounts", `a volume of the type "`+kind+`"`)
	case slices.Contains(networkFileSystems, kind):
		return nil
	}
	return permitPath(policy, device, seen)
}

// networkFileSystems have devices that are no paths of the host.
var networkFileSystems = []string{"nfs", "nfs4", "cifs", "smb3"}

// tmpfsOptions are those of tmpfs that reach no further than its size and its root.
var tmpfsOptions = []string{"", "size", "mode", "uid", "gid", "nr_inodes", "nosuid", "nodev", "noexec", "ro", "rw"}

// isBind tells a bind that is nothing else: other options would be another mount's.
func isBind(options []string) bool {
	return (slices.Contains(options, "bind") || slices.Contains(options, "rbind")) && containsOnly(options, []string{"bind", "rbind", "ro", "rw"})
}

// containsOnly looks at the names of options.
func containsOnly(options, names []string) bool {
	return !slices.ContainsFunc(options, func(option string) bool {
		name, _, _ := strings.Cut(option, "=")
		return !slices.Contains(names, name)
	})
}
