package drivertest

import (
	"errors"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

var volumeRules = group{name: "Volume", needs: VolumeManager, rules: []rule{
	{"is made by Create and told of", about(101), volumeMade, ""},
	{"without a name comes and goes with its instance", about(9, 100), volumeUnnamed, ""},
	{"is kept by Destroy, and used again", about(101), volumeKept, ""},
	{"goes with the instance that it was made for, if so told", about(9, 101), volumeDestroyed, ""},
	{"that another instance uses or made stays", about(101), volumeShared, ""},
	{"is not made for what is refused", about(81, 101), volumeRefused, ""},
	{"that is another is ErrConflict and is not used", about(102), volumeAnother, ""},
	{"that is not there and not the owner's is refused", about(101, 118), volumeExternal, ""},
	{"is its owner's alone", about(51, 101), volumeOwner, ""},
	{"in use is not destroyed", about(101), volumeInUse, ""},
	{"that is absent is destroyed with success", about(101), volumeAbsent, ""},
}}

// with is a server with a volume.
func (t *trial) with(id, volume string) driver.Spec {
	t.Helper()
	spec := t.server(id)
	spec.Mounts = []driver.Mount{{Type: driver.MountVolume, Source: volume, Target: "/data"}}
	return spec
}

func (t *trial) destroy(id string, opts driver.DestroyOptions) {
	t.Helper()
	t.must(t.driver.Destroy(t.Context(), id, opts))
}

// volumes are the names of the owner's volumes.
func (t *trial) volumes(d driver.Driver) []string {
	t.Helper()
	all, err := driver.Volumes(t.Context(), d)
	t.must(err)
	names := make([]string, 0, len(all))
	for _, v := range all {
		names = append(names, v.Name)
	}
	return names
}

func volumeMade(t *trial) {
	t.same("volumes before", []string{}, t.volumes(t.driver))
	t.create(t.with("i1", "data"))
	t.create(t.with("i1", "data"))
	second := t.with("i2", "a-second")
	second.Mounts = append(second.Mounts, driver.Mount{Type: driver.MountVolume, Source: "data", Target: "/more"})
	t.create(second)
	t.destroy("i2", driver.DestroyOptions{})
	all, err := driver.Volumes(t.Context(), t.again())
	t.must(err)
	if len(all) != 2 || all[0].Name != "a-second" || all[1].Name != "data" {
		t.Fatalf("volumes %+v", all)
	}
	if v := all[1]; v.Instance != "i1" || v.HostID == "" || v.Driver == "" || !v.InUse || all[0].InUse {
		t.Errorf("volumes %+v", all)
	}
}

func volumeUnnamed(t *trial) {
	t.run(t.with("i1", ""))
	t.same("volumes", []string{}, t.volumes(t.driver))
	t.destroy("i1", driver.DestroyOptions{Force: true})
	t.same("volumes", []string{}, t.volumes(t.driver))
}

func volumeKept(t *trial) {
	t.run(t.with("i1", "data"))
	t.destroy("i1", driver.DestroyOptions{Force: true})
	t.same("volumes", []string{"data"}, t.volumes(t.driver))
	t.run(t.with("i2", "data"))
	t.same("volumes", []string{"data"}, t.volumes(t.driver))
}

func volumeDestroyed(t *trial) {
	whole := driver.DestroyOptions{Force: true, Volumes: true}
	t.run(t.with("i1", "data"))
	t.destroy("i1", whole)
	t.same("volumes", []string{}, t.volumes(t.driver))
	// As if the call had been cut off in between.
	t.create(t.with("i1", "data"))
	t.destroy("i1", driver.DestroyOptions{})
	t.must(t.again().Destroy(t.Context(), "i1", whole))
	t.same("volumes", []string{}, t.volumes(t.driver))
}

func volumeShared(t *trial) {
	whole := driver.DestroyOptions{Volumes: true}
	t.create(t.with("maker", "data"))
	t.create(t.with("user", "data"))
	t.destroy("maker", whole)
	t.same("volumes that another uses", []string{"data"}, t.volumes(t.driver))
	t.destroy("user", whole)
	t.same("volumes that another made", []string{"data"}, t.volumes(t.driver))
}

func volumeRefused(t *trial) {
	spec := t.with("i1", "data")
	spec.Image = "sha256:0000000000000000000000000000000000000000000000000000000000000000"
	_, err := t.driver.Create(t.Context(), spec)
	t.refused(err, dockerhv.ErrNotFound)
	spec = t.with("i1", "data")
	spec.Resources.Memory = 1
	_, err = t.driver.Create(t.Context(), spec)
	t.refused(err, dockerhv.ErrInvalid)
	t.same("volumes", []string{}, t.volumes(t.driver))
}

func volumeAnother(t *trial) {
	first := t.with("i1", "data")
	first.Mounts[0].Options = map[string]string{"type": "tmpfs", "device": "tmpfs", "o": "size=1m"}
	if _, err := t.driver.Create(t.Context(), first); errors.Is(err, errors.ErrUnsupported) {
		t.Skip("the host has no options of volumes")
	} else {
		t.must(err)
	}
	_, err := t.driver.Create(t.Context(), t.with("i2", "data"))
	t.refused(err, dockerhv.ErrConflict)
	t.absent("i2")
	t.must(t.driver.Destroy(t.Context(), "i1", driver.DestroyOptions{}))
	_, err = t.driver.Create(t.Context(), t.with("i2", "data")) // nor if nobody uses it
	t.refused(err, dockerhv.ErrConflict)
}

// volumeExternal: a policy may refuse it before anybody looks whether it is there.
func volumeExternal(t *trial) {
	spec := t.with("i1", "nobody-has-it")
	spec.Mounts[0].External = true
	if _, err := t.driver.Create(t.Context(), spec); fault(err, dockerhv.ErrDenied) != nil {
		t.refused(err, dockerhv.ErrNotFound)
	}
	t.none(t.driver)
}

func volumeOwner(t *trial) {
	other := t.other()
	t.create(t.with("i1", "data"))
	_, err := other.Create(t.Context(), t.with("i1", "data"))
	t.must(err)
	mine, err := driver.Volumes(t.Context(), t.driver)
	t.must(err)
	theirs, err := driver.Volumes(t.Context(), other)
	t.must(err)
	if len(mine) != 1 || len(theirs) != 1 || mine[0].HostID == theirs[0].HostID {
		t.Fatalf("mine %+v, theirs %+v", mine, theirs)
	}
	t.must(other.Destroy(t.Context(), "i1", driver.DestroyOptions{Volumes: true}))
	t.must(driver.DestroyVolume(t.Context(), other, "data"))
	t.same("mine", []string{"data"}, t.volumes(t.driver))
}

func volumeInUse(t *trial) {
	t.create(t.with("i1", "data"))
	t.refused(driver.DestroyVolume(t.Context(), t.driver, "data"), dockerhv.ErrConflict)
	t.same("volumes", []string{"data"}, t.volumes(t.driver))
	t.destroy("i1", driver.DestroyOptions{})
	t.must(driver.DestroyVolume(t.Context(), t.driver, "data"))
	t.same("volumes", []string{}, t.volumes(t.driver))
}

func volumeAbsent(t *trial) {
	t.must(driver.DestroyVolume(t.Context(), t.driver, "nobody"))
	t.create(t.with("i1", "data"))
	t.destroy("i1", driver.DestroyOptions{})
	for range 2 {
		t.must(driver.DestroyVolume(t.Context(), t.driver, "data"))
	}
}
