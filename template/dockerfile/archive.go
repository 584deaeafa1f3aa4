package dockerfile

import (
	"archive/tar"
	"bufio"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/internal/compression"
	"github.com/dockerhv/dockerhv/internal/fetch"
	"github.com/dockerhv/dockerhv/template"
)

const (
	tarMagic   = "ustar"
	tarMagicAt = 257
)

// isArchive tells an archive from a Dockerfile by its content.
func isArchive(content *bufio.Reader) bool {
	head, _ := content.Peek(tarMagicAt + len(tarMagic))
	return compression.Of(head) != compression.None ||
		len(head) == tarMagicAt+len(tarMagic) && string(head[tarMagicAt:]) == tarMagic
}

func (l Limits) withDefaults() Limits {
	if l.Bytes <= 0 {
		l.Bytes = 8 << 30
	}
	if l.Entries <= 0 {
		l.Entries = 1 << 18
	}
	if l.Ratio <= 0 {
		l.Ratio = 100
	}
	return l
}

func (s Source) openArchive(ctx context.Context) (content, error) {
	// Only a regular file: opening a pipe would wait for its writer.
	info, err := os.Stat(s.Archive)
	if err == nil && !info.Mode().IsRegular() {
		return content{}, s.fail(dockerhv.ErrInvalid, errors.New("it is not a file"), "give the path of an archive")
	}
	var file *os.File
	if err == nil {
		file, err = os.Open(s.Archive)
	}
	if err != nil {
		return content{}, s.fail(classOf(err), cause(err), "check the path")
	}
	defer file.Close()
	return s.unpack(ctx, fetch.Verify(file, s.Checksum))
}

// unpack unpacks an archive into a folder of its own, and reads the Dockerfile there
// after all of the archive was read and found to have its checksum.
func (s Source) unpack(ctx context.Context, from io.Reader) (c content, err error) {
	dir, err := os.MkdirTemp(s.TempDir, "dockerhv-context-")
	if err != nil {
		return content{}, s.fail(dockerhv.ErrFailed, cause(err), "check the folder for temporary files")
	}
	remove := func() error { return removeAll(dir) }
	defer func() {
		if err != nil {
			err = errors.Join(err, remove())
		}
	}()
	sum := sha256.New()
	if err := s.unpackInto(ctx, dir, io.TeeReader(from, sum)); err != nil {
		return content{}, s.unpackFailed(ctx, err)
	}
	c, err = s.readDir(filepath.Join(dir, filepath.FromSlash(s.Subdir)), template.Checksum{}) // the archive's was checked
	c.remove, c.key = remove, keyOf("archive", string(sum.Sum(nil)), s.Subdir)
	return c, err
}

func (s Source) unpackInto(ctx context.Context, dir string, from io.Reader) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	packed := &counted{reader: from, alive: func() error { return context.Cause(ctx) }}
	buffered := bufio.NewReaderSize(packed, 64<<10)
	head, _ := buffered.Peek(compression.MagicLength)
	plain, done, err := compression.NewReader(buffered, compression.Of(head))
	if err != nil {
		return err
	}
	defer done()
	u := &unpacker{root: root, limits: s.Limits.withDefaults(), packed: packed, folders: make(map[string]*tar.Header)}
	u.plain = &counted{reader: plain, check: u.check}
	if err := u.all(); err != nil {
		return err
	}
	// The compressor's own checksum is at the end, and so is the file's.
	_, err = io.Copy(io.Discard, u.plain)
	if err == nil {
		_, err = io.Copy(io.Discard, buffered)
	}
	return err
}

// unpackFailed makes the module's error of what is wrong with an archive.
func (s Source) unpackFailed(ctx context.Context, err error) error {
	_, ours := errors.AsType[*dockerhv.Error](err)
	_, refused := errors.AsType[*dockerhv.FieldError](err)
	_, wrong := errors.AsType[*template.ChecksumError](err)
	_, disk := errors.AsType[*os.PathError](err)
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case ours:
		return err
	case refused:
		return s.fail(nil, err, "make the archive anew, or raise the limits if it can be trusted")
	case wrong:
		return s.fail(nil, err, "register the template again with its new checksum")
	case disk:
		return s.fail(dockerhv.ErrFailed, cause(err), "check the folder for temporary files")
	case compression.IsTooWide(err):
		return s.fail(dockerhv.ErrInvalid, err, "compress it with a smaller window")
	case errors.Is(err, io.ErrUnexpectedEOF):
		return s.fail(dockerhv.ErrIntegrity, errors.New("it is truncated"), "get the archive again")
	}
	return s.fail(dockerhv.ErrIntegrity, fmt.Errorf("it is corrupt: %w", err), "get the archive again")
}
