package engine

import (
	"errors"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/mount"

	"github.com/dockerhv/dockerhv/driver"
)

// view is what can be seen of a host.
type view struct {
	holder  string            // the container whose network may be shared: its owner's, as the caller has found
	links   map[string]string // from paths to where symbolic links lead from there
	sockets []string          // where the engine listens for us
}

// look follows paths of the host. It can do so only on a host of its own, which a
// socket in the file system is the sign of.
func (e *Engine) look(paths []string) view {
	socket, ok := strings.CutPrefix(e.endpoint.URL, "unix://")
	if !ok {
		return view{}
	}
	v := view{links: make(map[string]string, len(paths)), sockets: []string{socket}}
	if to, ok := followPath(socket); ok {
		v.sockets = append(v.sockets, to)
	}
	for _, p := range paths {
		if to, ok := followPath(p); ok {
			v.links[p] = to
		}
	}
	return v
}

// followPath follows the links of a path, as far as it is there: the rest is where
// the engine would look for it, and find nothing, or make it.
func followPath(p string) (to string, ok bool) {
	if !filepath.IsAbs(p) {
		return "", false
	}
	rest := ""
	for at := filepath.Clean(p); ; at = filepath.Dir(at) {
		to, err := filepath.EvalSymlinks(at)
		switch {
		case err == nil:
			return filepath.Join(to, rest), true
		case !errors.Is(err, os.ErrNotExist) || isLink(at):
			return "", false // one may not look there, or a link leads to what may come to be
		}
		rest = filepath.Join(filepath.Base(at), rest)
	}
}

func isLink(p string) bool {
	info, err := os.Lstat(p)
	return err == nil && info.Mode()&os.ModeSymlink != 0
}

// hostPaths lists the paths of the host in what the engine is about to be told.
func hostPaths(host *container.HostConfig) []string {
	var all []string
	for _, bind := range host.Binds {
		source, _, _ := strings.Cut(bind, ":")
		all = append(all, source)
	}
	for _, m := range host.Mounts {
		switch {
		case m.Type == mount.TypeBind:
			all = append(all, m.Source)
		case m.VolumeOptions != nil && m.VolumeOptions.DriverConfig != nil:
			all = append(all, m.VolumeOptions.DriverConfig.Options[optionDevice])
		}
	}
	return all
}

// permitPath allows a path below one of the policy's folders, but not one that leads
// out of it by a symbolic link, nor one that holds an engine's socket or is one.
func permitPath(policy driver.Policy, source string, seen view) error {
	clean := path.IsAbs(source) && path.Clean(source) == source
	at := slices.IndexFunc(policy.Paths, func(folder string) bool { return within(source, folder) })
	if err := deny(!clean || at < 0, "mounts", "the host's path "+source); err != nil {
		return err
	}
	to, known := seen.links[source]
	for _, p := range []string{source, to} {
		if err := deny(p != "" && hasSocket(p, seen.sockets), "mounts", "the engine's own socket, which "+source+" holds"); err != nil {
			return err
		}
	}
	if policy.LinksTrusted || slices.ContainsFunc(policy.Paths, func(folder string) bool { return path.Clean(folder) == source }) {
		return nil
	}
	if !known {
		return deny(true, "mounts", "the host's path "+source+", of which can't be seen from here where its links lead (Policy.LinksTrusted)")
	}
	inside := slices.ContainsFunc(policy.Paths, func(folder string) bool {
		end, ok := seen.links[folder]
		return ok && within(source, folder) && within(to, end)
	})
	return deny(!inside, "mounts", "the host's path "+source+", whose links lead to "+to)
}

// socketFolders and socketNames are where engines listen, by whatever path: whoever
// has a socket of one is root on the host.
var (
	socketFolders = []string{"/run/docker.sock", "/var/run/docker.sock", "/run/containerd", "/var/run/containerd", "/run/docker", "/var/run/docker"}
	socketNames   = []string{"docker.sock", "containerd.sock", "buildkitd.sock", "podman.sock", "crio.sock"}
)

func hasSocket(p string, others []string) bool {
	if slices.Contains(socketNames, path.Base(p)) {
		return true
	}
	return slices.ContainsFunc(slices.Concat(socketFolders, others), func(socket string) bool {
		return within(socket, p) || within(p, socket)
	})
}

// within tells whether a path is a folder or below it.
func within(p, folder string) bool {
	folder = path.Clean(folder)
	return p == folder || folder == "/" || strings.HasPrefix(p, folder+"/")
}
