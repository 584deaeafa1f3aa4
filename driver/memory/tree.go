package memory

import (
	"archive/tar"
	"cmp"
	"errors"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

// tree is the files of an instance by absolute path. The host's lock guards it.
type tree map[string]file

// file is a file, folder or link.
type file struct {
	header  tar.Header // its Name is not used
	content []byte
}

// newTree has the folders that every instance has.
func newTree() *tree {
	t := tree{}
	for folder, mode := range map[string]int64{"/": 0o755, "/tmp": 0o1777, "/etc": 0o755, "/root": 0o700} {
		t[folder] = file{header: tar.Header{Typeflag: tar.TypeDir, Mode: mode}}
	}
	return &t
}

func absolute(name string) string { return path.Clean("/" + name) }

func notThere(name string) error {
	return refuse(dockerhv.ErrNotFound, "", "no such file or folder: %s", name)
}

func (t tree) read(name string) ([]byte, error) {
	f, ok := t[absolute(name)]
	if !ok || f.header.Typeflag != tar.TypeReg {
		return nil, notThere(name)
	}
	return slices.Clone(f.content), nil
}

func (t tree) write(name string, content []byte, mode fs.FileMode) error {
	if !t.isFolder(path.Dir(absolute(name))) {
		return notThere(path.Dir(name))
	}
	header := tar.Header{Typeflag: tar.TypeReg, Mode: int64(mode.Perm()), Size: int64(len(content))}
	t[absolute(name)] = file{header, slices.Clone(content)}
	return nil
}

func (t tree) isFolder(name string) bool {
	f, ok := t[name]
	return ok && f.header.Typeflag == tar.TypeDir
}

// unpack reads an archive into a tree of its own.
func unpack(archive io.Reader) (tree, error) {
	files := tree{}
	for r := tar.NewReader(archive); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return files, nil
		}
		if err != nil {
			return nil, refuse(dockerhv.ErrIntegrity, "send it again", "the archive can't be read: %w", err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			return nil, refuse(dockerhv.ErrIntegrity, "send it again", "the archive broke off: %w", err)
		}
		files[absolute(h.Name)] = file{*h, content}
	}
}

// specFiles is a tree of a spec's files.
func specFiles(all []driver.File) tree {
	files := tree{}
	for _, f := range all {
		files[f.Path] = file{tar.Header{
			Typeflag: tar.TypeReg, Size: int64(len(f.Content)), Uid: f.UID, Gid: f.GID,
			Mode: int64(cmp.Or(f.Mode, driver.DefaultFileMode).Perm()),
		}, f.Content}
	}
	return files
}

// put adds the files of another tree below a folder.
func (t tree) put(folder string, files tree) {
	for name, f := range files {
		for parent := path.Dir(path.Join(folder, name)); !t.isFolder(parent); parent = path.Dir(parent) {
			t[parent] = file{header: tar.Header{Typeflag: tar.TypeDir, Mode: 0o755}}
		}
		if name != "/" {
			t[path.Join(folder, name)] = f
		}
	}
}

// pack writes a file, or a folder and all below it, as an archive.
func (t tree) pack(root string, to io.Writer) error {
	w := tar.NewWriter(to)
	for _, name := range slices.Sorted(maps.Keys(t)) {
		if name != root && !strings.HasPrefix(name, strings.TrimSuffix(root, "/")+"/") {
			continue
		}
		f := t[name]
		h := f.header
		h.Name = strings.TrimPrefix(path.Join(path.Base(root), strings.TrimPrefix(name, root)), "/")
		h.Format = tar.FormatUnknown
		if h.Typeflag == tar.TypeDir {
			h.Name += "/"
		}
		if err := w.WriteHeader(&h); err != nil {
			return err
		}
		if _, err := w.Write(f.content); err != nil {
			return err
		}
	}
	return w.Close()
}
