package enginetest

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// cgroupRoot is where control groups are mounted: one tree (v2), or one for each controller below it (v1).
const cgroupRoot = "/sys/fs/cgroup"

// newDir creates an engine's directory and locks it for as long as this program lives.
func newDir() (string, *os.File, error) {
	dir, err := os.MkdirTemp(baseDir(), "dhv-")
	if err != nil {
		return "", nil, err
	}
	lock, err := os.Open(dir)
	if err == nil {
		err = unix.Flock(int(lock.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	}
	if err == nil {
		err = os.Chmod(dir, 0o711) // or an engine with userns-remap could not reach its own data
	}
	if err != nil {
		return "", nil, fmt.Errorf("lock %s: %w", dir, err)
	}
	return dir, lock, nil
}

// baseDir is the directory for temporary files, unless the names of sockets below it would become too long.
func baseDir() string {
	if dir := os.TempDir(); len(dir) <= 40 {
		return dir
	}
	return "/tmp"
}

// sweep removes what engines left whose program was killed before it could close them. It is a courtesy: whatever it
// can't remove is the next one's.
func sweep() {
	dirs, _ := filepath.Glob(filepath.Join(baseDir(), "dhv-*"))
	for _, dir := range dirs {
		if lock := abandoned(dir); lock != nil {
			thaw(filepath.Base(dir))
			_ = remove(dir, time.Second)
			lock.Close()
		}
	}
}

// abandoned locks the directory of an engine that has no program any more; it returns nil for any other.
func abandoned(dir string) *os.File {
	info, err := os.Lstat(dir)
	// A new one is not locked for a moment.
	if err != nil || !info.IsDir() || time.Since(info.ModTime()) < time.Minute {
		return nil
	}
	if stat, ok := info.Sys().(*syscall.Stat_t); !ok || int(stat.Uid) != os.Geteuid() {
		return nil
	}
	lock, err := os.Open(dir)
	if err != nil {
		return nil
	}
	if unix.Flock(int(lock.Fd()), unix.LOCK_EX|unix.LOCK_NB) != nil {
		lock.Close()
		return nil
	}
	return lock
}

// remove removes an engine's control groups and then its directory, once its processes have ended.
func remove(dir string, bound time.Duration) error {
	deadline := time.Now().Add(bound)
	for {
		err := removeCgroups(filepath.Base(dir))
		if err == nil {
			err = os.RemoveAll(dir)
		}
		if err == nil {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("the engine's end left something behind, remove it by hand: %w", err)
		}
		time.Sleep(10 * time.Millisecond) // the kernel is still at it
	}
}

func removeCgroups(name string) error {
	for _, dir := range slices.Backward(cgroups(name)) {
		if err := unix.Rmdir(dir); err != nil && err != unix.ENOENT {
			return &fs.PathError{Op: "rmdir", Path: dir, Err: err}
		}
	}
	return nil
}

// cgroups lists an engine's control groups, parents first.
func cgroups(name string) []string {
	var dirs []string
	for _, pattern := range []string{name, filepath.Join("*", name)} {
		roots, _ := filepath.Glob(filepath.Join(cgroupRoot, pattern))
		for _, root := range roots {
			_ = filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
				if err == nil && entry.IsDir() {
					dirs = append(dirs, path)
				}
				return nil
			})
		}
	}
	return dirs
}

// thaw lets an engine's paused instances go on, because with control groups v1 a paused process can't be killed.
func thaw(name string) {
	for _, dir := range cgroups(name) {
		state := filepath.Join(dir, "freezer.state")
		if _, err := os.Stat(state); err == nil {
			_ = os.WriteFile(state, []byte("THAWED"), 0) // it may be gone by now
		}
	}
}
