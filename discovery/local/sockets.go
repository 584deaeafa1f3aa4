package local

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"

	"github.com/dockerhv/dockerhv/discovery"
	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/internal/dockerconfig"
)

// candidates returns the paths of the sockets to look for, best first. The
// well-known ones:
//
//	/var/run/docker.sock            the engine of the machine
//	$XDG_RUNTIME_DIR/docker.sock    a rootless engine of the user
//	~/.docker/run/docker.sock       Docker Desktop on macOS; a rootless engine
//	                                that was set up without XDG_RUNTIME_DIR
//	~/.docker/desktop/docker.sock   Docker Desktop on Linux
//
// On Windows there are none: an engine there listens on a named pipe.
func (d Discoverer) candidates() []string {
	if d.Sockets != nil {
		return d.Sockets
	}
	if runtime.GOOS == "windows" {
		return nil
	}
	known := []string{"/var/run/docker.sock"}
	if dir := d.getenv("XDG_RUNTIME_DIR"); dir != "" {
		known = append(known, filepath.Join(dir, "docker.sock"))
	}
	if home := dockerconfig.Home(d.getenv); home != "" {
		known = append(known,
			filepath.Join(home, ".docker/run/docker.sock"), filepath.Join(home, ".docker/desktop/docker.sock"))
	}
	return known
}

// sockets yields each socket that exists, once: Docker Desktop links the
// machine's path to its own.
func (d Discoverer) sockets(yield func(driver.Endpoint, error) bool) {
	var seen []fs.FileInfo
	for _, path := range d.candidates() {
		info, err := os.Stat(path)
		known := func(other fs.FileInfo) bool { return os.SameFile(info, other) }
		if errors.Is(err, fs.ErrNotExist) || slices.ContainsFunc(seen, known) {
			continue
		}
		seen = append(seen, info)
		if !yield(d.socket(path, info, err)) {
			return
		}
	}
}

func (d Discoverer) socket(path string, info fs.FileInfo, err error) (driver.Endpoint, error) {
	what := "socket " + path
	if err != nil {
		return driver.Endpoint{}, discovery.Refused(what, err)
	}
	if info.Mode().Type() != fs.ModeSocket {
		// A container that mounts a socket which isn't there makes it a directory.
		refused := discovery.Refused(what, errors.New("it is no socket"))
		refused.Next = "remove it and restart the engine"
		return driver.Endpoint{}, refused
	}
	return d.checked(what, driver.Endpoint{URL: "unix://" + path, Source: SourceSocket})
}
