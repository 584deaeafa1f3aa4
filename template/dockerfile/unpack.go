package dockerfile

import (
	"archive/tar"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/dockerhv/dockerhv"
)

// ratioFrom is how much may be unpacked before its ratio counts: a few kilobytes of
// an honest archive can be nothing but zeros.
const ratioFrom = 32 << 20

// counted counts what is read, and may end it.
type counted struct {
	reader io.Reader
	alive  func() error
	check  func() error
	n      int64
}

func (c *counted) Read(p []byte) (int, error) {
	if c.alive != nil {
		if err := c.alive(); err != nil {
			return 0, err
		}
	}
	n, err := c.reader.Read(p)
	c.n += int64(n)
	if c.check != nil {
		if over := c.check(); over != nil {
			return 0, over
		}
	}
	return n, err
}

// unpacker puts the entries of an archive into a folder, out of which os.Root lets
// nothing lead: no name, and no link that came before.
type unpacker struct {
	root          *os.Root
	limits        Limits
	packed, plain *counted
	written       int64 // of files, which can be more than is in the archive
	entries       int
	folders       map[string]*tar.Header
}

func (u *unpacker) check() error {
	size := max(u.plain.n, u.written)
	switch {
	case size > u.limits.Bytes:
		return refuse("archive", "it unpacks to more than %d bytes", u.limits.Bytes)
	case size > ratioFrom && size/u.limits.Ratio > u.packed.n:
		return refuse("archive", "it unpacks to more than %d times its size", u.limits.Ratio)
	}
	return nil
}

func (u *unpacker) all() error {
	archive := tar.NewReader(u.plain)
	for {
		header, err := archive.Next()
		switch {
		case errors.Is(err, io.EOF) && u.plain.n == 0:
			return refuse("archive", "it is empty")
		case errors.Is(err, io.EOF):
			return u.finish()
		case err != nil && !errors.Is(err, tar.ErrInsecurePath): // which is said better below
			return err
		}
		if u.entries++; u.entries > u.limits.Entries {
			return refuse("archive", "it has more than %d entries", u.limits.Entries)
		}
		if err := u.entry(header, archive); err != nil {
			return u.inEntry(header.Name, err)
		}
	}
}

// inEntry names the entry that something is wrong with.
func (u *unpacker) inEntry(name string, err error) error {
	const enough = 128
	if len(name) > enough {
		name = name[:enough]
	}
	if at, ok := errors.AsType[*os.PathError](err); ok && !errors.Is(err, io.ErrUnexpectedEOF) {
		return refuse("archive", "the entry %s: %v", strconv.Quote(name), at.Err)
	}
	if at, ok := errors.AsType[*os.LinkError](err); ok {
		return refuse("archive", "the entry %s: %v", strconv.Quote(name), at.Err)
	}
	if at, ok := errors.AsType[*dockerhv.FieldError](err); ok {
		return refuse("archive", "the entry %s: %s", strconv.Quote(name), at.Reason)
	}
	return err
}

func (u *unpacker) entry(h *tar.Header, content io.Reader) error {
	name := path.Clean(h.Name)
	switch {
	case h.Typeflag == tar.TypeXGlobalHeader:
		return nil
	case path.IsAbs(h.Name) || strings.Contains("/"+h.Name+"/", "/../"):
		return refuse("name", "its name leads out of the archive")
	case name == ".":
		return nil
	}
	if err := u.root.MkdirAll(path.Dir(name), 0o755); err != nil {
		return err
	}
	switch h.Typeflag {
	case tar.TypeDir:
		u.folders[name] = h
		return u.root.MkdirAll(name, 0o755)
	case tar.TypeReg:
		return u.file(h, name, content)
	case tar.TypeSymlink:
		return u.root.Symlink(h.Linkname, name)
	case tar.TypeLink:
		return u.root.Link(path.Clean(h.Linkname), name)
	}
	return refuse("type", "it is neither a file, a folder nor a link")
}

func (u *unpacker) file(h *tar.Header, name string, content io.Reader) error {
	file, err := u.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(&bounded{file, u}, content)
	if err = errors.Join(err, file.Close()); err != nil {
		return err
	}
	return u.attributes(h, name)
}

// attributes gives a file what the archive says of it, but for its owner: in the image
// it is root's or who COPY says.
func (u *unpacker) attributes(h *tar.Header, name string) error {
	mode := h.FileInfo().Mode() & (fs.ModePerm | fs.ModeSetuid | fs.ModeSetgid | fs.ModeSticky)
	if err := u.root.Chmod(name, mode); err != nil {
		return err
	}
	if h.ModTime.IsZero() || h.ModTime.Unix() == 0 {
		return u.root.Chtimes(name, time.Unix(0, 0), time.Unix(0, 0))
	}
	return u.root.Chtimes(name, h.ModTime, h.ModTime)
}

// finish gives folders their attributes, after which some can't be filled any more.
func (u *unpacker) finish() error {
	for name, header := range u.folders {
		header.Mode |= 0o700 // which removing it takes
		if err := u.attributes(header, name); err != nil {
			return u.inEntry(name, err)
		}
	}
	return nil
}

// bounded writes a file, within the limits: a sparse one is larger than its archive.
type bounded struct {
	to *os.File
	u  *unpacker
}

func (b *bounded) Write(p []byte) (int, error) {
	b.u.written += int64(len(p))
	if err := b.u.check(); err != nil {
		return 0, err
	}
	return b.to.Write(p)
}

func removeAll(dir string) error {
	if err := os.RemoveAll(dir); err != nil {
		return &dockerhv.Error{Op: "clean up", ID: dir, Class: dockerhv.ErrFailed, Err: cause(err), Next: "remove it"}
	}
	return nil
}
