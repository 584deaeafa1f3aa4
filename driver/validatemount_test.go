package driver_test

import (
	"testing"

	"github.com/dockerhv/dockerhv/driver"
)

func mountOf(mounts ...driver.Mount) func(*driver.Spec) {
	return func(s *driver.Spec) { s.Mounts = mounts }
}

// 97: what no host could honour of a mount is refused, and so is a field that its type
// does not have.
func TestValidateMounts(t *testing.T) {
	volume := driver.Mount{Type: driver.MountVolume, Source: "v", Target: "/x"}
	bind := driver.Mount{Type: driver.MountBind, Source: "/srv", Target: "/x"}
	tmpfs := driver.Mount{Type: driver.MountTmpfs, Target: "/x"}
	with := func(m driver.Mount, change func(*driver.Mount)) func(*driver.Spec) {
		change(&m)
		return mountOf(m)
	}
	refuses(t, map[string][]func(*driver.Spec){
		"mounts[0].target": {
			with(tmpfs, func(m *driver.Mount) { m.Target = "relative" }), with(tmpfs, func(m *driver.Mount) { m.Target = "/x/.." }),
		},
		"mounts[1].target": {mountOf(tmpfs, driver.Mount{Type: driver.MountVolume, Target: "/x/"})},
		"mounts[0].size": {
			with(volume, func(m *driver.Mount) { m.Size = 1 }), with(tmpfs, func(m *driver.Mount) { m.Size = -1 }),
		},
		"mounts[0].mode": {
			with(tmpfs, func(m *driver.Mount) { m.Mode = 0o10000 }), with(bind, func(m *driver.Mount) { m.Mode = 0o755 }),
		},
		"mounts[0].source": {
			with(volume, func(m *driver.Mount) { m.Source = "../x" }), with(volume, func(m *driver.Mount) { m.Source = "/etc" }),
			with(volume, func(m *driver.Mount) { m.Source, m.External = "", true }),
			with(bind, func(m *driver.Mount) { m.Source = "etc" }), with(bind, func(m *driver.Mount) { m.Source = "" }),
			with(bind, func(m *driver.Mount) { m.Source = "/srv/../etc" }), with(bind, func(m *driver.Mount) { m.Source = "/srv/" }), // 99
			with(tmpfs, func(m *driver.Mount) { m.Source = "/x" }),
			with(volume, func(m *driver.Mount) { m.Type, m.Source = driver.MountImage, "busybox:1" }),
		},
		"mounts[0].type":     {with(tmpfs, func(m *driver.Mount) { m.Type = "npipe" }), with(tmpfs, func(m *driver.Mount) { m.Type = "" })},
		"mounts[0].external": {with(volume, func(m *driver.Mount) { m.External, m.Driver = true, "nfs" }), with(bind, func(m *driver.Mount) { m.External = true })},
		"mounts[0].readOnly": {with(volume, func(m *driver.Mount) { m.Source, m.ReadOnly = "", true })},
		"mounts[0].subpath": {
			with(volume, func(m *driver.Mount) { m.Source, m.Subpath = "", "a" }), with(volume, func(m *driver.Mount) { m.Subpath = "/a" }),
			with(volume, func(m *driver.Mount) { m.Subpath = "../a" }), with(volume, func(m *driver.Mount) { m.Subpath = "a/.." }),
			with(bind, func(m *driver.Mount) { m.Subpath = "a" }),
		},
		"mounts[0].noCopy":  {with(bind, func(m *driver.Mount) { m.NoCopy = true })},
		"mounts[0].driver":  {with(tmpfs, func(m *driver.Mount) { m.Driver = "local" })},
		"mounts[0].options": {with(tmpfs, func(m *driver.Mount) { m.Options = map[string]string{"o": "exec"} })},
		"mounts[0].create": {
			with(volume, func(m *driver.Mount) { m.Create = true }), with(bind, func(m *driver.Mount) { m.Source, m.Create = "/a:b", true }),
		},
		"mounts[0].propagation":  {with(bind, func(m *driver.Mount) { m.Propagation = "public" }), with(volume, func(m *driver.Mount) { m.Propagation = "slave" })},
		"mounts[0].nonRecursive": {with(volume, func(m *driver.Mount) { m.NonRecursive = true })},
		"mounts[0].readOnlyRecursive": {
			with(bind, func(m *driver.Mount) { m.ReadOnlyRecursive = true }),
			with(bind, func(m *driver.Mount) { m.ReadOnly, m.ReadOnlyRecursive, m.NonRecursive = true, true, true }),
		},
		"mounts[0].relabel": {
			with(bind, func(m *driver.Mount) { m.Relabel = "z" }), with(bind, func(m *driver.Mount) { m.Relabel = driver.RelabelShared }),
			with(bind, func(m *driver.Mount) { m.Relabel, m.Create, m.NonRecursive = driver.RelabelShared, true, true }),
			with(volume, func(m *driver.Mount) { m.Relabel = driver.RelabelPrivate }),
		},
	})
	accepts(t,
		mountOf(volume, driver.Mount{Type: driver.MountBind, Source: "/srv/data", Target: "/data", ReadOnly: true}),
		with(volume, func(m *driver.Mount) { m.Source = "" }),
		with(volume, func(m *driver.Mount) { m.Subpath, m.NoCopy, m.ReadOnly = "a/b", true, true }),
		with(volume, func(m *driver.Mount) { m.External, m.NoCopy = true, true }),
		with(volume, func(m *driver.Mount) { m.Driver, m.Options = "nfs", map[string]string{"share": "x"} }),
		with(tmpfs, func(m *driver.Mount) { m.Size, m.Mode = 1<<20, 0o1770 }),
		with(bind, func(m *driver.Mount) { m.Propagation, m.NonRecursive = driver.PropagationRSlave, true }),
		with(bind, func(m *driver.Mount) { m.ReadOnly, m.ReadOnlyRecursive = true, true }),
		with(bind, func(m *driver.Mount) { m.Create, m.Relabel = true, driver.RelabelPrivate }),
		with(driver.Mount{Type: driver.MountImage, Source: imageID, Target: "/x"}, func(m *driver.Mount) { m.Subpath = "bin" }),
	)
}
