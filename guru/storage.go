package guru

import (
	"path"

	"github.com/dockerhv/dockerhv/driver"
)

// attach maps the volumes.
func (d *draft) attach() {
	roots, names := 0, make(map[string]bool)
	for i, v := range d.profile.Volumes {
		at := element("volumes", i) + "."
		d.checkBounds(at, v)
		switch v.Type {
		case VolumeRoot:
			if roots++; roots > 1 {
				d.invalid(at+"type", "there is another root already")
			}
			d.rootVolume(at, v)
		case VolumeData:
			if names[v.Name] {
				d.invalid(at+"name", "%q is there twice", v.Name)
			}
			names[v.Name] = true
			d.dataVolume(i, at, v)
		case "ISO":
			d.unsupported(at+"type", "an engine boots no medium")
		default:
			d.invalid(at+"type", "%q is refused; use %s or %s", v.Type, VolumeRoot, VolumeData)
		}
	}
}

// rootVolume is the instance's own file system, which the engine makes of the image.
func (d *draft) rootVolume(at string, v Volume) {
	if v.Target != "" && v.Target != "/" {
		d.invalid(at+"target", "%q is not where a root is", v.Target)
	}
	d.spec.Security.ReadOnlyRoot = v.ReadOnly
	switch host := d.profile.Host; {
	case v.Size <= 0 || d.waives(at+"size"):
	case host.CPUs > 0 && !host.LimitsDisk: // a zero Host knows nothing
		d.unsupported(at+"size", "the host's storage driver bounds no root")
	default:
		d.spec.Resources.Disk = v.Size
	}
}

// dataVolume is a volume of the engine, which outlives the instance.
func (d *draft) dataVolume(i int, at string, v Volume) {
	if v.Size > 0 {
		d.unsupported(at+"size", "engines don't bound what a volume takes")
	}
	if v.Name == "" {
		d.invalid(at+"name", "is empty; say which of the host's volumes it is")
		return
	}
	target := v.Target
	if target == "" {
		target = path.Join(DataFolder, v.Name)
	}
	d.volumes = append(d.volumes, i)
	d.spec.Mounts = append(d.spec.Mounts, driver.Mount{Type: driver.MountVolume, Source: v.Name, Target: target, ReadOnly: v.ReadOnly})
}

// checkBounds refuses bounds that are none, and what engines bound for no volume.
func (d *draft) checkBounds(at string, v Volume) {
	if v.Size < 0 {
		d.invalid(at+"size", "%d bytes is negative; use 0 for no bound", v.Size)
	}
	switch io := v.IO; {
	case io.ReadBytes < 0 || io.WriteBytes < 0 || io.ReadOps < 0 || io.WriteOps < 0:
		d.invalid(at+"io", "a bound is negative; use 0 for none")
	case io != IO{}:
		d.unsupported(at+"io", "engines bound whole disks of a host, not a volume")
	}
}
