package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// fake puts a debootstrap first in PATH that counts its runs and then does as told, with $root as its target.
func fake(t *testing.T, script string) (runs func() int) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("roots are made in namespaces, which only root may create")
	}
	if _, err := exec.LookPath("dpkg-query"); err != nil {
		t.Skip("no dpkg: ", err)
	}
	dir := t.TempDir()
	count := filepath.Join(dir, "count")
	text := "#!/bin/sh\necho >>" + count + "\nwhile [ \"${1#--}\" != \"$1\" ]; do shift; done\nroot=$2\n" + script
	if err := os.WriteFile(filepath.Join(dir, "debootstrap"), []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	return func() int {
		content, _ := os.ReadFile(count)
		return len(content)
	}
}

// whole is a script that makes what looks like a root with one package.
const whole = `
mkdir -p "$root/var/lib/dpkg" "$root/var/cache/apt" "$root/var/lib/apt/lists"
printf 'Package: docker.io\nStatus: install ok installed\nVersion: 1.2\nArchitecture: all\n' >"$root/var/lib/dpkg/status"
mount -t tmpfs tmpfs "$root/var"/cache
`

func newRoots(dir string) roots { return roots{dir: dir, known: map[string]known{}} }

func TestRootIsMadeOnce(t *testing.T) {
	runs := fake(t, whole)
	dir := t.TempDir()
	for range 2 {
		path, err := newRoots(dir).get(t.Context(), "sid")
		if err != nil || path != filepath.Join(dir, "sid", "root") {
			t.Fatalf("%s, %v", path, err)
		}
	}
	if runs() != 1 {
		t.Errorf("made %d times", runs())
	}
	list, err := os.ReadFile(filepath.Join(dir, "sid", "packages"))
	if want := recipe("sid") + "docker.io 1.2\n"; err != nil || string(list) != want {
		t.Errorf("the list of packages is %q, %v; want %q", list, err, want)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "sid/root/var/*/apt*")); len(left) != 1 {
		t.Errorf("in the root are %v", left)
	}
}

func TestRootIsMadeAnew(t *testing.T) {
	runs := fake(t, whole)
	dir := t.TempDir()
	get := func(r roots) {
		t.Helper()
		if _, err := r.get(t.Context(), "sid"); err != nil {
			t.Fatal(err)
		}
	}
	get(newRoots(dir))
	stale := filepath.Join(dir, "sid", "root", "stale")
	if err := os.WriteFile(stale, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	fresh := newRoots(dir)
	fresh.fresh = true
	get(fresh)
	get(fresh) // another engine of the same root
	if _, err := os.Stat(stale); err == nil || runs() != 2 {
		t.Errorf("when asked for: made %d times, the old one: %v", runs(), err)
	}
	if err := os.WriteFile(filepath.Join(dir, "sid", "packages"), []byte("another recipe\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	get(newRoots(dir))
	if runs() != 3 {
		t.Errorf("with another recipe: made %d times", runs())
	}
	wantOnly(t, dir, "sid", "sid.log")
}

func TestRootThatCanNotBeMade(t *testing.T) {
	fake(t, "mkdir \"$root\"; echo 'I: Retrieving'; echo 'E: no docker.io today'; echo rest; exit 1")
	dir := t.TempDir()
	_, err := newRoots(dir).get(t.Context(), "sid")
	if err == nil || !strings.Contains(err.Error(), "E: no docker.io today") {
		t.Errorf("got %v, want what debootstrap said", err)
	}
	wantOnly(t, dir, "sid.log")
}

func TestRootIsGivenUp(t *testing.T) {
	fake(t, "mkdir \"$root\"; sleep 600")
	dir := t.TempDir()
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	if _, err := newRoots(dir).get(ctx, "sid"); err == nil {
		t.Error("a root that nobody waits for was made")
	}
	wantOnly(t, dir, "sid.log")
}

func TestNoDebootstrap(t *testing.T) {
	r := newRoots(t.TempDir())
	t.Setenv("PATH", t.TempDir())
	if _, err := exec.LookPath("/usr/sbin/debootstrap"); err == nil {
		t.Skip("it is installed")
	}
	if _, err := r.get(t.Context(), "sid"); err == nil || !strings.Contains(err.Error(), "apt-get install") {
		t.Errorf("got %v, want what to do", err)
	}
}

// wantOnly asserts what is in a directory.
func wantOnly(t *testing.T, dir string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, entry := range entries {
		got = append(got, entry.Name())
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("in the directory (-want +got):\n%s", diff)
	}
}
