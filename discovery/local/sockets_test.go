package local_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/discovery/local"
	"github.com/dockerhv/dockerhv/driver"
)

// TestWellKnownSockets looks where engines of a user listen. The machine's own
// socket is no test's to make, so it is there or not.
func TestWellKnownSockets(t *testing.T) {
	dir := filepath.Dir(listen(t))
	env := environment{"HOME": dir, "XDG_RUNTIME_DIR": filepath.Join(dir, "xdg")}
	rootless := listenAt(t, filepath.Join(dir, "xdg/docker.sock"))
	desktop := listenAt(t, filepath.Join(dir, ".docker/run/docker.sock"))
	linux := listenAt(t, filepath.Join(dir, ".docker/desktop/docker.sock"))

	got, err := discover(t, local.Discoverer{Getenv: env.get})
	if err != nil {
		t.Fatal(err)
	}
	if len(got) > 0 && got[0].URL == "unix:///var/run/docker.sock" {
		got = got[1:] // this machine has one
	}
	want := endpoints(
		driver.Endpoint{URL: "unix://" + rootless, Source: "socket"},
		driver.Endpoint{URL: "unix://" + desktop, Source: "socket"},
		driver.Endpoint{URL: "unix://" + linux, Source: "socket"},
	)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Discover (-want +got):\n%s", diff)
	}
}

func TestSockets(t *testing.T) {
	first, second := listen(t), listen(t)
	dir := t.TempDir()
	gone, link, dangling := filepath.Join(dir, "gone"), filepath.Join(dir, "link"), filepath.Join(dir, "dangling")
	file := writeFile(t, filepath.Join(dir, "file"), "")
	for from, to := range map[string]string{link: first, dangling: gone} {
		if err := os.Symlink(to, from); err != nil {
			t.Fatal(err)
		}
	}
	tests := []struct {
		name  string
		paths []string
		want  []string
		text  string
	}{
		{name: "none", paths: []string{}},
		{name: "in order", paths: []string{second, first}, want: []string{second, first}},
		{name: "absent", paths: []string{gone, dangling, first}, want: []string{first}},
		{name: "one engine by two paths", paths: []string{link, second, first}, want: []string{link, second}},
		{
			name: "a directory, then a socket", paths: []string{dir, first}, want: []string{first},
			text: "use socket " + dir + ": it is no socket; remove it and restart the engine",
		},
		{
			name: "a file", paths: []string{file},
			text: "use socket " + file + ": it is no socket; remove it and restart the engine",
		},
		{
			name: "a path that can't be looked at", paths: []string{file + "/x", first}, want: []string{first},
			text: "use socket " + file + "/x: stat " + file + "/x: not a directory",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := local.Discoverer{Sockets: tt.paths, Getenv: environment{"HOME": dir}.get}
			got, err := discover(t, d)
			if tt.text != "" {
				checkError(t, err, dockerhv.ErrInvalid, tt.text)
			} else if err != nil {
				t.Error(err)
			}
			var paths []string
			for _, e := range got {
				if e.Source != "socket" {
					t.Errorf("the source is %q", e.Source)
				}
				paths = append(paths, strings.TrimPrefix(e.URL, "unix://"))
			}
			if diff := cmp.Diff(tt.want, paths); diff != "" {
				t.Errorf("Discover (-want +got):\n%s", diff)
			}
		})
	}
}

// TestBreak: a caller that has what it wants is asked no further.
func TestBreak(t *testing.T) {
	d := local.Discoverer{Sockets: []string{listen(t), listen(t)}, Getenv: environment{"HOME": t.TempDir()}.get}
	yielded := 0
	for _, err := range d.Discover(t.Context()) {
		if err != nil {
			t.Error(err)
		}
		yielded++
		break
	}
	if yielded != 1 {
		t.Errorf("Discover yielded %d endpoints after a break", yielded)
	}
}
