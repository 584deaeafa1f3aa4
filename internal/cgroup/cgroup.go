// Package cgroup measures what the containers of this machine use, from the kernel's own
// files, without asking an engine. The numbers have the same meaning on cgroup v1 and v2.
//
// A container's control group is found by its ID, which is in its name, so that no other
// machine's container is ever taken for it. The files are described in the kernel's
// Documentation/admin-guide/cgroup-v1 and cgroup-v2.rst.
package cgroup

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/dockerhv/dockerhv/driver"
)

const (
	// searchDepth is how deep below the root a container's group is looked for: that of
	// a rootless engine is in a service of a user's session.
	searchDepth = 7
	// searchPause is how long after one that found nothing the next search is: the engine
	// may be on another machine.
	searchPause = time.Minute
)

// Reader finds and reads control groups. Make it with New. It is safe for concurrent use.
type Reader struct {
	root, proc string

	mu     sync.Mutex
	known  []pattern // where containers were found
	failed time.Time // when a search found nothing
}

// pattern is where an engine puts its containers' groups.
type pattern struct{ before, after string } // the ID

// New makes a reader of this machine's groups.
func New() *Reader { return &Reader{root: "/sys/fs/cgroup", proc: "/proc"} }

// Stats measures a running container. CPUs is left to the caller. It is not ok where the
// container does not run on this machine, or its files can't be read.
func (r *Reader) Stats(id string) (stats driver.Stats, ok bool) {
	path, ok := r.find(id)
	if !ok {
		return driver.Stats{}, false
	}
	read := r.readV1
	if r.unified() {
		read = r.readV2
	}
	stats, err := read(path)
	if err == nil {
		stats.ReceivedBytes, stats.SentBytes, err = r.traffic(path)
	}
	stats.Time = time.Now().UTC()
	return stats, err == nil
}

// unified tells whether the machine has cgroup v2 alone.
func (r *Reader) unified() bool {
	_, err := os.Stat(filepath.Join(r.root, "cgroup.controllers"))
	return err == nil
}

// tree is the folder in which all groups are to be found.
func (r *Reader) tree() string {
	if r.unified() {
		return r.root
	}
	return filepath.Join(r.root, "memory")
}

// find returns the path of a container's group below the tree.
func (r *Reader) find(id string) (path string, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, p := range r.known {
		path := p.before + id + p.after
		if _, err := os.Stat(filepath.Join(r.tree(), path)); err == nil {
			return path, true
		}
	}
	if time.Since(r.failed) < searchPause {
		return "", false
	}
	path, ok = r.search(id)
	if !ok {
		r.failed = time.Now()
		return "", false
	}
	before, after, _ := strings.Cut(path, id)
	r.known = append(r.known, pattern{before, after})
	return path, true
}

var errFound = errors.New("found")

// search looks through the tree for a group that has the ID in its name.
func (r *Reader) search(id string) (path string, ok bool) {
	tree := r.tree()
	err := filepath.WalkDir(tree, func(file string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return nil //nolint:nilerr // a group that ends meanwhile is not ours
		}
		below := strings.TrimPrefix(strings.TrimPrefix(file, tree), "/")
		// The group itself, or systemd's scope for it, and no group that is in it.
		if name := d.Name(); name == id || strings.HasSuffix(name, "-"+id+".scope") {
			path = below
			return errFound
		}
		if strings.Count(below, "/") >= searchDepth {
			return fs.SkipDir
		}
		return nil
	})
	return path, errors.Is(err, errFound)
}
