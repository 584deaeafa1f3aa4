package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// makeBound is how long making a root may take; it takes about a minute where the mirror is near.
const makeBound = 15 * time.Minute

// roots is a directory of Debian roots with Docker. Each is in a directory that is named by its suite and holds
//
//	root        the root itself
//	packages    how it was made and what is in it; that this is there says that the root is complete
type roots struct {
	dir   string
	fresh bool // don't use what is there
	known map[string]known
}

// known is what came out of the first attempt to get a root.
type known struct {
	path string
	err  error
}

// get returns the root of a suite, which is made unless it is there.
func (r roots) get(ctx context.Context, suite string) (string, error) {
	if before, ok := r.known[suite]; ok {
		return before.path, before.err
	}
	now := known{path: filepath.Join(r.dir, suite, "root")}
	if r.fresh || !r.made(suite) {
		if err := r.make(ctx, suite); err != nil {
			now = known{err: fmt.Errorf("make a root of Debian %s: %w", suite, err)}
		}
	}
	r.known[suite] = now
	return now.path, now.err
}

// made says whether there is a root of a suite, of the same recipe.
func (r roots) made(suite string) bool {
	list, err := os.ReadFile(filepath.Join(r.dir, suite, "packages"))
	return err == nil && strings.HasPrefix(string(list), recipe(suite))
}

// make makes a root under another name and then gives it its own, so that no half is ever taken for a whole.
func (r roots) make(ctx context.Context, suite string) error {
	ctx, cancel := context.WithTimeout(ctx, makeBound)
	defer cancel()
	if err := os.MkdirAll(r.dir, 0o755); err != nil {
		return err
	}
	r.sweep(suite)
	dir, err := os.MkdirTemp(r.dir, suite+"-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir) // what is left of it
	if err := install(ctx, suite, dir, filepath.Join(r.dir, suite+".log")); err != nil {
		return err
	}
	return r.replace(suite, dir)
}

// replace gives a root its name. An older one makes way, unless another process has made it just now and uses it.
func (r roots) replace(suite, dir string) error {
	if !r.fresh && r.made(suite) {
		return nil
	}
	place, old := filepath.Join(r.dir, suite), dir+"-old"
	if err := os.Rename(place, old); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.Rename(dir, place); err != nil {
		return err
	}
	return os.RemoveAll(old)
}

// sweep removes what earlier attempts left that could not clean up.
func (r roots) sweep(suite string) {
	left, _ := filepath.Glob(filepath.Join(r.dir, suite+"-*"))
	for _, dir := range left {
		if info, err := os.Stat(dir); err == nil && time.Since(info.ModTime()) > 2*makeBound {
			_ = os.RemoveAll(dir)
		}
	}
}
