package buildkit

import (
	"context"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"

	"github.com/tonistiigi/fsutil"
	"github.com/tonistiigi/fsutil/types"
)

// tree sends a file system of this program as a build's context.
type tree struct{ files fs.FS }

var _ fsutil.FS = tree{}

// Walk visits what is below a target. What visit returns must go on to fs.WalkDir as
// it is: BuildKit's sender skips folders by it.
func (t tree) Walk(ctx context.Context, target string, visit fs.WalkDirFunc) error {
	return fs.WalkDir(t.files, inTree(target), func(name string, entry fs.DirEntry, err error) error {
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case err != nil:
			return visit(name, entry, err)
		case name == ".":
			return nil
		}
		stat, err := t.stat(name, entry)
		if err != nil {
			return visit(name, entry, err)
		}
		return visit(name, &fsutil.DirEntryInfo{Stat: stat}, nil)
	})
}

// stat describes a file as BuildKit wants it. An fs.FS made of memory leaves out what
// nobody asks it for: a zero time would be long before any file system's first, and a
// folder that nobody may write could not be filled.
func (t tree) stat(name string, entry fs.DirEntry) (*types.Stat, error) {
	info, err := entry.Info()
	if err != nil {
		return nil, err
	}
	mode := info.Mode()
	switch {
	case mode.IsDir():
		mode |= 0o700
	case mode.Perm() == 0:
		mode |= 0o644
	}
	stat := &types.Stat{Path: name, Mode: uint32(mode)}
	if at := info.ModTime(); !at.IsZero() {
		stat.ModTime = at.UnixNano()
	}
	switch {
	case mode.IsRegular():
		stat.Size = info.Size()
	case mode&fs.ModeSymlink != 0:
		if stat.Linkname, err = fs.ReadLink(t.files, name); err != nil {
			return nil, err
		}
	case !mode.IsDir():
		return nil, &fs.PathError{Op: "send", Path: name, Err: os.ErrInvalid}
	}
	return stat, nil
}

// Open opens a file that was visited.
func (t tree) Open(name string) (io.ReadCloser, error) { return t.files.Open(inTree(name)) }

// inTree is a path of BuildKit's as an fs.FS has it.
func inTree(name string) string {
	return path.Join(".", strings.TrimPrefix(path.Clean("/"+name), "/"))
}
