package dockerfile

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/internal/buildkit"
	"github.com/dockerhv/dockerhv/internal/fetch"
	"github.com/dockerhv/dockerhv/template"
)

// defaultFile is the Dockerfile's usual name.
const defaultFile = "Dockerfile"

// content is a Dockerfile and its context, here and ready to be sent.
type content struct {
	text, ignore []byte
	dir          string
	files        fs.FS
	key          string // of where the context is from
	git          buildkit.Git
	remove       func() error // what was unpacked for it
}

func (c content) close() error {
	if c.remove == nil {
		return nil
	}
	return c.remove()
}

// read gets the Dockerfile and its context, whose checksum is right. What it returns
// must be closed.
func (s Source) read(ctx context.Context, progress func(template.Progress)) (content, error) {
	switch {
	case s.URL != "":
		return s.download(ctx, progress)
	case s.Dir != "":
		c, err := s.readDir(s.Dir, s.Checksum)
		c.key = keyOfDir(s.Dir)
		return c, err
	case s.FS != nil:
		c, err := s.readFiles(s.FS, s.Checksum)
		c.files, c.key = s.FS, random() // its times may tell nothing
		return c, err
	case s.Archive != "":
		return s.openArchive(ctx)
	case s.Reader != nil:
		reader, err := s.Reader(ctx)
		if err != nil {
			return content{}, s.fail(nil, err, "")
		}
		defer reader.Close()
		return s.unpack(ctx, fetch.Verify(reader, s.Checksum))
	case s.Git != "":
		return content{git: buildkit.Git{URL: s.Git, Commit: s.Commit, Subdir: s.Subdir}}, nil
	}
	return s.checked(content{}, bytes.NewReader([]byte(s.Text)), s.Checksum)
}

// download gets what is at the URL, and looks what it is.
func (s Source) download(ctx context.Context, progress func(template.Progress)) (content, error) {
	policy := s.Download
	if policy.MaxBytes == 0 {
		policy.MaxBytes = maxArchive
	}
	body, err := fetch.Get(ctx, s.URL, policy, s.Checksum)
	if err != nil {
		return content{}, err
	}
	defer body.Close()
	told := bufio.NewReader(&teller{reader: body, size: body.Size, item: s.name(), tell: progress})
	if isArchive(told) {
		return s.unpack(ctx, told)
	}
	return s.checked(content{}, told, template.Checksum{}) // the download checks
}

// readDir reads the Dockerfile in a folder, and nothing outside of it.
func (s Source) readDir(dir string, sum template.Checksum) (content, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return content{}, s.fail(classOf(err), cause(err), "check the folder")
	}
	defer root.Close()
	c, err := s.readFiles(root.FS(), sum)
	c.dir = dir
	return c, err
}

// readFiles reads the Dockerfile and what it says to ignore.
func (s Source) readFiles(files fs.FS, sum template.Checksum) (c content, err error) {
	ignore, err := files.Open(s.file() + ".dockerignore")
	if err == nil {
		c.ignore, err = io.ReadAll(io.LimitReader(ignore, maxDockerfile))
		err = errors.Join(err, ignore.Close())
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return content{}, s.fail(classOf(err), cause(err), "check the file of what to ignore")
	}
	file, err := files.Open(s.file())
	if err != nil {
		return content{}, s.fail(classOf(err), cause(err), fmt.Sprintf("put a Dockerfile into %s or name it", s.where()))
	}
	defer file.Close()
	return s.checked(c, file, sum)
}

// checked reads the Dockerfile's text, within its bound and with its checksum.
func (s Source) checked(c content, from io.Reader, sum template.Checksum) (content, error) {
	limit := s.Download.MaxBytes
	if limit == 0 {
		limit = maxDockerfile
	}
	text, err := io.ReadAll(io.LimitReader(fetch.Verify(from, sum), limit+1))
	_, wrong := errors.AsType[*template.ChecksumError](err)
	_, ours := errors.AsType[*dockerhv.Error](err)
	switch {
	case int64(len(text)) > limit:
		return content{}, s.fail(dockerhv.ErrInvalid, fmt.Errorf("it has more than %d bytes", limit), "raise Download.MaxBytes")
	case wrong && !ours:
		return content{}, s.fail(nil, err, "register the template again with its new checksum")
	case ours:
		return content{}, err
	case err != nil:
		return content{}, s.fail(classOf(err), cause(err), "check the file")
	}
	if text == nil {
		text = []byte{}
	}
	c.text, c.key = text, keyOf("text", string(text))
	return c, nil
}

// keyOfDir is of a folder of this machine, whose files' times tell what has changed.
func keyOfDir(dir string) string {
	host, _ := os.Hostname()
	absolute, err := filepath.Abs(dir)
	if err != nil {
		return random()
	}
	return keyOf("folder", host, absolute)
}

// keyOf makes a key that shows nothing of what it is made of.
func keyOf(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:])
}

func (s Source) file() string {
	if s.File == "" {
		return defaultFile
	}
	return path.Clean(filepath.ToSlash(s.File))
}

// where names the context to a user.
func (s Source) where() string {
	if s.Dir != "" {
		return s.Dir
	}
	return "the context"
}

// classOf translates what the file system says.
func classOf(err error) error {
	switch {
	case errors.Is(err, os.ErrNotExist):
		return dockerhv.ErrNotFound
	case errors.Is(err, os.ErrPermission):
		return dockerhv.ErrDenied
	}
	return dockerhv.ErrInvalid
}

// cause is the error without the path, which the module's error names itself.
func cause(err error) error {
	if path, ok := errors.AsType[*os.PathError](err); ok {
		return path.Err
	}
	return err
}

// teller tells how far a download is.
type teller struct {
	reader io.Reader
	size   int64 // -1 is unknown
	item   string
	tell   func(template.Progress)
	n      int64
}

func (t *teller) Read(p []byte) (int, error) {
	n, err := t.reader.Read(p)
	t.n += int64(n)
	if t.tell != nil {
		t.tell(template.Progress{Item: t.item, Phase: template.Downloading, Unit: template.Bytes, Current: t.n, Total: max(t.size, 0)})
	}
	return n, err
}
