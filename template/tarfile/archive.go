package tarfile

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"path"

	"github.com/dockerhv/dockerhv"
)

const (
	manifestName = "manifest.json"
	layoutName   = "oci-layout"
	legacyName   = "repositories"

	block   = 512
	trailer = 2 * block // of zeros, at the end of an archive

	copyBuffer = 64 << 10
	// maxDocument bounds a manifest.json or an image's config, which are parsed.
	maxDocument = 2 << 20
)

// archive copies an archive's entries and keeps what is needed to find out, at
// its end, which images were in it.
type archive struct {
	limits    Limits
	entries   map[string]*entry
	directory *entry // all of them are alike
	count     int
	bytes     int64
	manifest  []byte
	buffer    []byte
	document  bytes.Buffer // the entry at hand, if it is small
}

func newArchive(limits Limits) *archive {
	return &archive{
		limits: limits, entries: make(map[string]*entry), directory: &entry{kind: aDirectory},
		buffer: make([]byte, copyBuffer),
	}
}

// copy copies the entries that the store may see, each after it was accepted.
func (a *archive) copy(to *tar.Writer, from *bounded) error {
	r := tar.NewReader(from)
	var padding int64 // of the entry before
	for {
		start := from.n
		header, err := r.Next()
		switch {
		case errors.Is(err, io.EOF) && from.n-start < padding+trailer:
			return io.ErrUnexpectedEOF // which archive/tar does not mind
		case errors.Is(err, io.EOF):
			return nil
		case errors.Is(err, tar.ErrHeader) && a.count == 0:
			return invalid("give a docker-archive, as docker save writes it", "it is not a tar archive")
		case err != nil && !errors.Is(err, tar.ErrInsecurePath): // which accept says better
			return err
		case header.Typeflag == tar.TypeXGlobalHeader:
			continue
		}
		padding = -header.Size & (block - 1)
		e, name, err := a.accept(header)
		if err == nil {
			err = a.copyEntry(to, r, header, e, name)
		}
		if err != nil {
			return a.explain(header.Name, err)
		}
	}
}

// accept decides whether an entry may be copied, and remembers it.
func (a *archive) accept(h *tar.Header) (e *entry, name string, err error) {
	a.count++
	switch {
	case a.count > a.limits.Entries:
		return nil, "", tooMuch("it is one more than the %d that are allowed", a.limits.Entries)
	case h.Size > a.limits.Bytes-a.bytes:
		return nil, "", tooMuch("the archive unpacks to more than %d bytes", a.limits.Bytes)
	}
	a.bytes += h.Size
	if name, err = cleanName(h.Name); err != nil {
		return nil, "", err
	}
	k, ok := kindOf(h, name)
	if !ok {
		return nil, "", refuse("it is neither a file, a directory nor a link")
	}
	e = &entry{kind: k}
	if k == aDirectory {
		e = a.directory
	}
	if k == aLink {
		if e.target, err = linkTarget(h, name); err != nil {
			return nil, "", err
		}
	}
	if !a.remember(name, e) {
		return nil, "", refuse("it is in the way of another")
	}
	return e, name, nil
}

// remember adds an entry and the directories above it. It refuses what comes
// twice, and what is below something else than a directory: so no entry can
// replace one that was verified, by its own name or by that of a link.
func (a *archive) remember(name string, e *entry) bool {
	for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
		above, ok := a.entries[dir]
		if !ok {
			a.entries[dir] = a.directory
		} else if above.kind != aDirectory {
			return false
		}
	}
	old, ok := a.entries[name]
	if ok || name == "." {
		return e.kind == aDirectory && (name == "." || old.kind == aDirectory)
	}
	a.entries[name] = e
	return true
}

// explain names the entry that was refused, or says what the archive is if it is
// of a kind whose entries are.
func (a *archive) explain(name string, err error) error {
	r, ok := errors.AsType[*refusal](err)
	switch {
	case !ok:
		return err
	case a.isRootFS():
		return rootFS()
	}
	return &dockerhv.Error{Class: r.class, Err: fmt.Errorf("the entry %s: %s", quote(name), r.reason), Next: r.next}
}
