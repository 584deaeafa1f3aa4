package driver

import (
	"fmt"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

var volumePattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$`)

// maxMode is the most that a file's permissions can be.
const maxMode = 0o7777

func validateMounts(mounts []Mount) error {
	targets := make(map[string]bool, len(mounts))
	for i, m := range mounts {
		at := fmt.Sprintf("mounts[%d]", i)
		switch {
		case !path.IsAbs(m.Target) || path.Clean(m.Target) == "/":
			return field(at+".target", "%q is no absolute path below /", m.Target)
		case targets[path.Clean(m.Target)]:
			return field(at+".target", "%q is there twice", m.Target)
		}
		targets[path.Clean(m.Target)] = true
		if err := validateMount(at, m); err != nil {
			return err
		}
	}
	return nil
}

func validateMount(at string, m Mount) error {
	for _, f := range fieldsOfTypes(m) {
		if f.set && !slices.Contains(f.of, m.Type) {
			return field(at+"."+f.name, "is not of a %s", m.Type)
		}
	}
	switch m.Type {
	case MountVolume:
		return validateVolume(at, m)
	case MountBind:
		return validateBind(at, m)
	case MountTmpfs:
		switch {
		case m.Size < 0:
			return field(at+".size", "is negative; use 0 for no bound of its own")
		case m.Mode > maxMode:
			return field(at+".mode", "%#o is more than %#o", m.Mode, maxMode)
		}
	case MountImage:
		if !imagePattern.MatchString(m.Source) {
			return field(at+".source", "%q is no image ID; install the template and use Image.ID", m.Source)
		}
	default:
		return field(at+".type", "%q is refused; use volume, bind, tmpfs or image", m.Type)
	}
	return validateSubpath(at, m)
}

// fieldOfTypes is a field of a mount that only some types have.
type fieldOfTypes struct {
	name string
	set  bool
	of   []MountType
}

func fieldsOfTypes(m Mount) []fieldOfTypes {
	volume, bind, tmpfs := []MountType{MountVolume}, []MountType{MountBind}, []MountType{MountTmpfs}
	return []fieldOfTypes{
		{"source", m.Source != "" && m.Type == MountTmpfs, nil},
		{"subpath", m.Subpath != "", []MountType{MountVolume, MountImage}},
		{"size", m.Size != 0, tmpfs},
		{"mode", m.Mode != 0, tmpfs},
		{"external", m.External, volume},
		{"noCopy", m.NoCopy, volume},
		{"driver", m.Driver != "", volume},
		{"options", len(m.Options) > 0, volume},
		{"create", m.Create, bind},
		{"propagation", m.Propagation != "", bind},
		{"nonRecursive", m.NonRecursive, bind},
		{"readOnlyRecursive", m.ReadOnlyRecursive, bind},
		{"relabel", m.Relabel != "", bind},
	}
}

func validateVolume(at string, m Mount) error {
	switch {
	case m.Source != "" && !volumePattern.MatchString(m.Source):
		return field(at+".source", "%q is no name of a volume; use 1 to 128 letters, digits, '_', '.' or '-'", m.Source)
	case m.Source == "" && m.External:
		return field(at+".source", "is empty; name the volume that is there")
	case m.External && (m.Driver != "" || len(m.Options) > 0):
		return field(at+".external", "takes the volume as it is; leave driver and options out")
	case m.Source == "" && m.ReadOnly:
		return field(at+".readOnly", "leaves nothing to be done with a volume that is the instance's alone")
	}
	return validateSubpath(at, m)
}

func validateSubpath(at string, m Mount) error {
	switch {
	case m.Subpath == "":
		return nil
	case m.Source == "":
		return field(at+".subpath", "needs a volume with a name")
	case strings.HasPrefix(m.Subpath, "/") || !filepath.IsLocal(m.Subpath) || path.Clean(m.Subpath) != m.Subpath:
		return field(at+".subpath", "%q is no clean relative path", m.Subpath)
	}
	return nil
}

func validateBind(at string, m Mount) error {
	switch {
	case !path.IsAbs(m.Source) || path.Clean(m.Source) != m.Source:
		return field(at+".source", "%q is no clean absolute path of the host", m.Source)
	case m.Create && strings.Contains(m.Source+m.Target, ":"):
		// Some engines take it only in a form that is parted by colons.
		return field(at+".create", "can't be told of paths with a colon")
	case !slices.Contains(propagations, m.Propagation):
		return field(at+".propagation", "%q is refused; use one of %v", m.Propagation, propagations[1:])
	case m.ReadOnlyRecursive && (!m.ReadOnly || m.NonRecursive):
		return field(at+".readOnlyRecursive", "needs readOnly, and goes not with nonRecursive")
	}
	return validateRelabel(at+".relabel", m)
}

var propagations = []Propagation{
	"", PropagationPrivate, PropagationRPrivate, PropagationSlave, PropagationRSlave, PropagationShared, PropagationRShared,
}

func validateRelabel(at string, m Mount) error {
	switch m.Relabel {
	case "":
		return nil
	case RelabelShared, RelabelPrivate:
	default:
		return field(at, "%q is refused; use shared or private", m.Relabel)
	}
	if !m.Create || m.NonRecursive || m.ReadOnlyRecursive {
		return field(at, "needs create, and goes not with nonRecursive or readOnlyRecursive: engines have it only in their old form of a bind")
	}
	return nil
}
