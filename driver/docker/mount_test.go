package docker_test

import (
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

// 97, 100: what is mounted can be used as it was asked for; an instance's own volume
// goes with it.
func TestMounts(t *testing.T) {
	folder := openFolder(t)
	d := openWith(t, "mounts", driver.Policy{Paths: []string{filepath.Dir(folder)}})
	spec := sleeper("mounts", busybox(t, d))
	spec.Mounts = []driver.Mount{
		{Type: driver.MountBind, Source: folder, Target: "/host", ReadOnly: true},
		{Type: driver.MountBind, Source: folder, Target: "/slave", Propagation: driver.PropagationPrivate, NonRecursive: true},
		{Type: driver.MountVolume, Target: "/own"},
		{Type: driver.MountTmpfs, Target: "/memory", Size: 1 << 20, Mode: 0o1750},
		{Type: driver.MountTmpfs, Target: "/any"},
	}
	lines := printed(t, d, spec, `
		cat /host/f; echo x > /host/f || echo read-only
		echo x > /own/f && echo own; df -k /memory | tail -1 | while read a b c; do echo "memory $b"; done
		echo x > /slave/g && echo writable
		echo "mode $(stat -c %a /memory) $(stat -c %a /any)"`)
	for _, want := range []string{"host", "read-only", "own", "memory 1024", "writable", "mode 1750 1777"} {
		if !slices.Contains(lines, want) {
			t.Errorf("no %q among %q", want, lines)
		}
	}
	if _, err := os.Stat(filepath.Join(folder, "g")); err != nil {
		t.Error(err)
	}
}

// openFolder is a folder of the host with a file, that any user may read.
func openFolder(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	if err := errors.Join(os.Chmod(folder, 0o755), os.WriteFile(filepath.Join(folder, "f"), []byte("host\n"), 0o600)); err != nil {
		t.Fatal(err)
	}
	return folder
}

// 98: a bind whose source is absent fails before there is an instance, unless it was
// asked for to make it: also on engines that can do so only in their old form.
func TestBindOfAnAbsentPath(t *testing.T) {
	folder := openFolder(t)
	d := openWith(t, "absent", driver.Policy{Paths: []string{folder}})
	spec := sleeper("absent", busybox(t, d))
	source := filepath.Join(folder, "a", "b")
	spec.Mounts = []driver.Mount{{Type: driver.MountBind, Source: source, Target: "/host"}}
	_, err := d.Create(t.Context(), spec)
	wantError(t, err, dockerhv.ErrInvalid)
	if _, err := os.Stat(source); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the refusal left %v", err)
	}
	spec.Mounts[0].Create, spec.Mounts[0].ReadOnly = true, true
	if lines := printed(t, d, spec, "echo x > /host/f || echo read-only"); !slices.Contains(lines, "read-only") {
		t.Errorf("printed %q", lines)
	}
	if info, err := os.Stat(source); err != nil || !info.IsDir() {
		t.Errorf("%v, %v; want a folder", info, err)
	}
}

// 99: a link that leads out of the policy's folders is refused.
func TestBindThroughALink(t *testing.T) {
	folder := openFolder(t)
	if err := os.Symlink("/etc", filepath.Join(folder, "link")); err != nil {
		t.Fatal(err)
	}
	d := openWith(t, "link", driver.Policy{Paths: []string{folder}})
	spec := sleeper("link", busybox(t, d))
	spec.Mounts = []driver.Mount{{Type: driver.MountBind, Source: folder + "/link", Target: "/host"}}
	_, err := d.Create(t.Context(), spec)
	wantError(t, err, dockerhv.ErrDenied)
}

// 97: parts of volumes and images, where the engine can.
func TestSubpaths(t *testing.T) {
	d := open(t, "subpath")
	image := busybox(t, d)
	host := hostOf(t, d)
	if host.APIVersion < "1.45" {
		t.Skipf("API %s has none: TestWhatTheEngineLacks", host.APIVersion)
	}
	t.Cleanup(func() {
		if err := d.DestroyVolume(cleanup(t), "data"); err != nil {
			t.Error(err)
		}
	})
	first := sleeper("first", image)
	first.Mounts = []driver.Mount{{Type: driver.MountVolume, Source: "data", Target: "/data"}}
	printed(t, d, first, "mkdir -p /data/a/b; echo deep > /data/a/b/f")
	second := sleeper("second", image)
	second.Mounts = []driver.Mount{{Type: driver.MountVolume, Source: "data", Subpath: "a/b", Target: "/part", ReadOnly: true}}
	script, want := "cat /part/f; echo x > /part/f || echo read-only", []string{"deep", "read-only"}
	if host.APIVersion >= "1.48" {
		whole := driver.Mount{Type: driver.MountImage, Source: image.ID, Target: "/image"}
		part := whole
		part.Subpath, part.Target = "etc", "/etc-of-image"
		third := sleeper("third", image)
		third.Mounts = []driver.Mount{whole}
		if lines := printed(t, d, third, "[ -x /image/bin/busybox ] && echo image; echo x > /image/f || echo read-only"); !slices.Contains(lines, "image") || !slices.Contains(lines, "read-only") {
			t.Errorf("printed %q", lines)
		}
		third.Mounts, third.ID = []driver.Mount{whole, part}, "fourth"
		_, err := d.Create(t.Context(), third)
		wantError(t, err, dockerhv.ErrInvalid) // engines mount an image once
		second.Mounts = append(second.Mounts, part)
		script += "; [ -f /etc-of-image/passwd ] && echo part"
		want = append(want, "part")
	}
	lines := printed(t, d, second, script)
	for _, line := range want {
		if !slices.Contains(lines, line) {
			t.Errorf("no %q among %q", line, lines)
		}
	}
}

// 101: a volume of the owner's is made, kept, shared, and destroyed with the instance
// that it was made for where that is asked for; it carries the owner's label.
func TestVolumes(t *testing.T) {
	d, other := open(t, "volumes"), open(t, "volumes2")
	image := busybox(t, d)
	spec := sleeper("one", image)
	spec.Mounts = []driver.Mount{{Type: driver.MountVolume, Source: "data", Target: "/data"}}
	printed(t, d, spec, "echo kept > /data/f")

	var raw struct{ Labels map[string]string }
	if status := callEngineInto(t, http.MethodGet, "/volumes/volumes.data", "", &raw); status != http.StatusOK || raw.Labels["io.github.dockerhv.owner"] != "volumes" {
		t.Errorf("status %d, labels %v", status, raw.Labels)
	}
	all := volumes(t, d)
	if len(all) != 1 || all[0].Name != "data" || all[0].Instance != "one" || all[0].HostID != "volumes.data" ||
		all[0].Driver != "local" || !all[0].InUse || all[0].Created.IsZero() {
		t.Errorf("volumes %+v", all)
	}
	if theirs := volumes(t, other); len(theirs) != 0 {
		t.Errorf("another owner has %+v", theirs)
	}
	wantError(t, d.DestroyVolume(t.Context(), "data"), dockerhv.ErrConflict)

	destroy(t, d, "one", driver.DestroyOptions{})
	again := sleeper("two", image)
	again.Mounts = spec.Mounts
	if lines := printed(t, d, again, "cat /data/f"); !slices.Equal(lines, []string{"kept"}) {
		t.Errorf("printed %q", lines)
	}
	destroy(t, d, "one", driver.DestroyOptions{Volumes: true}) // whose volume another uses
	if all := volumes(t, d); len(all) != 1 {
		t.Errorf("volumes %+v", all)
	}
	destroy(t, d, "two", driver.DestroyOptions{Volumes: true}) // which did not make it
	if all := volumes(t, d); len(all) != 1 || all[0].InUse {
		t.Errorf("volumes %+v", all)
	}
	destroy(t, d, "one", driver.DestroyOptions{Volumes: true})
	if all := volumes(t, d); len(all) != 0 {
		t.Errorf("volumes %+v", all)
	}
}

func volumes(t *testing.T, d driver.Driver) []driver.Volume {
	t.Helper()
	all, err := driver.Volumes(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func destroy(t *testing.T, d driver.Driver, id string, opts driver.DestroyOptions) {
	t.Helper()
	if err := d.Destroy(t.Context(), id, opts); err != nil {
		t.Fatal(err)
	}
}

// 102: a volume that is there and is another is reported, not used.
func TestVolumeThatIsAnother(t *testing.T) {
	d := open(t, "another")
	image := busybox(t, d)
	if status := callEngine(t, http.MethodPost, "/volumes/create", `{"Name":"another.foreign"}`); status != http.StatusCreated {
		t.Fatalf("status %d", status)
	}
	t.Cleanup(func() { callEngine(t, http.MethodDelete, "/volumes/another.foreign", "") })
	small := map[string]string{"type": "tmpfs", "device": "tmpfs", "o": "size=1m"}
	first := sleeper("first", image)
	first.Mounts = []driver.Mount{{Type: driver.MountVolume, Source: "data", Target: "/data", Options: small}}
	create(t, d, first)
	for name, m := range map[string]driver.Mount{
		"no label of ours": {Source: "foreign"},
		"no options":       {Source: "data"},
		"other options":    {Source: "data", Options: map[string]string{"type": "tmpfs", "device": "tmpfs", "o": "size=2m"}},
	} {
		t.Run(name, func(t *testing.T) {
			spec := sleeper("second", image)
			m.Type, m.Target = driver.MountVolume, "/data"
			spec.Mounts = []driver.Mount{{Type: driver.MountVolume, Source: "new", Target: "/new"}, m}
			_, err := d.Create(t.Context(), spec)
			wantError(t, err, dockerhv.ErrConflict)
			if all := volumes(t, d); len(all) != 1 {
				t.Errorf("the refusal left %+v", all)
			}
		})
	}
	destroy(t, d, "first", driver.DestroyOptions{Volumes: true})
	if all := volumes(t, d); len(all) != 0 {
		t.Errorf("volumes %+v", all)
	}
}

// 101, 118: a volume that is not the owner's is used as it is and never destroyed,
// and only as far as the policy names it and what it leads to.
func TestExternalVolume(t *testing.T) {
	strict := open(t, "external")
	image := busybox(t, strict)
	folder := openFolder(t)
	for _, body := range []string{
		`{"Name":"plain"}`, `{"Name":"disguised","DriverOpts":{"type":"none","o":"bind","device":"` + folder + `"}}`,
	} {
		if status := callEngine(t, http.MethodPost, "/volumes/create", body); status != http.StatusCreated {
			t.Fatalf("status %d", status)
		}
	}
	t.Cleanup(func() {
		callEngine(t, http.MethodDelete, "/volumes/plain", "")
		callEngine(t, http.MethodDelete, "/volumes/disguised", "")
	})
	on := func(name string) driver.Spec {
		spec := sleeper("external", image)
		spec.Mounts = []driver.Mount{{Type: driver.MountVolume, External: true, Source: name, Target: "/data"}}
		return spec
	}
	_, err := strict.Create(t.Context(), on("plain"))
	wantError(t, err, dockerhv.ErrDenied)
	named := openWith(t, "external", driver.Policy{Volumes: []string{"plain", "disguised", "absent"}})
	_, err = named.Create(t.Context(), on("disguised"))
	wantError(t, err, dockerhv.ErrDenied)
	_, err = named.Create(t.Context(), on("absent"))
	wantError(t, err, dockerhv.ErrNotFound)
	d := openWith(t, "external", driver.Policy{Volumes: []string{"plain", "disguised"}, Paths: []string{folder}})
	for _, name := range []string{"plain", "disguised"} {
		create(t, d, on(name))
		start(t, d, "external")
		destroy(t, d, "external", driver.DestroyOptions{Force: true, Volumes: true})
		if status := callEngine(t, http.MethodGet, "/volumes/"+name, ""); status != http.StatusOK {
			t.Errorf("the volume %s is gone", name)
		}
	}
	if all := volumes(t, d); len(all) != 0 {
		t.Errorf("volumes %+v", all)
	}
}

// 101: a Create that fails takes back the volumes that it made, and only those.
func TestVolumesOfAnInstanceThatIsRefused(t *testing.T) {
	d := open(t, "refused")
	image := busybox(t, d)
	spec := sleeper("first", image)
	spec.Mounts = []driver.Mount{{Type: driver.MountVolume, Source: "old", Target: "/old"}}
	create(t, d, spec)
	destroy(t, d, "first", driver.DestroyOptions{})
	spec = sleeper("second", image)
	spec.Mounts = append([]driver.Mount{{Type: driver.MountVolume, Source: "new", Target: "/new"}}, spec.Mounts...)
	spec.Resources.CPUSet = "4000" // which the engine finds out after they were made
	_, err := d.Create(t.Context(), spec)
	wantError(t, err, dockerhv.ErrInvalid)
	if all := volumes(t, d); len(all) != 1 || all[0].Name != "old" {
		t.Errorf("volumes %+v", all)
	}
	if err := d.DestroyVolume(t.Context(), "old"); err != nil {
		t.Error(err)
	}
	if err := d.DestroyVolume(t.Context(), "old"); err != nil { // absent is success
		t.Error(err)
	}
}
