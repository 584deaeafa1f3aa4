package tarfile

import (
	"archive/tar"
	"io"
	"path"

	"github.com/dockerhv/dockerhv/template"
)

const (
	manifestName = "manifest.json" // a docker-archive's word on its images
	indexName    = "index.json"    // an OCI archive's
	layoutName   = "oci-layout"
	legacyName   = "repositories"
	blobsDir     = "blobs/sha256/"

	// maxDocument bounds a document in JSON, which is parsed, and maxDocuments all
	// that an archive has, which are kept.
	maxDocument  = 2 << 20
	maxDocuments = 16 << 20
)

// archive is what is found out about an archive of images while its entries are
// read: in any order, and which of them matter is known only at the end.
type archive struct {
	limits    Limits
	host      template.Traits
	entries   map[string]*entry
	directory *entry // all of them are alike
	count     int
	documents int64             // bytes
	said      map[string][]byte // what is held back, by name
}

func newArchive(limits Limits, host template.Traits) *archive {
	return &archive{
		limits: limits, host: host, said: make(map[string][]byte),
		entries: make(map[string]*entry), directory: &entry{kind: aDirectory},
	}
}

// visit is what is done with an accepted entry and its content.
type visit func(h *tar.Header, e *entry, content io.Reader) error

// read visits the entries, each after it was accepted.
func (a *archive) read(content io.Reader, do visit) error {
	entries := newEntryReader(content)
	for {
		header, err := entries.next()
		if err != nil || header == nil {
			return err
		}
		e, err := a.accept(header)
		if err == nil {
			err = do(header, e, entries)
		}
		if err != nil {
			return inEntry(header.Name, err)
		}
	}
}

// accept decides whether an entry may be there, and remembers it.
func (a *archive) accept(h *tar.Header) (*entry, error) {
	a.count++
	if a.count > a.limits.Entries {
		return nil, tooMuch("it is one more than the %d that are allowed", a.limits.Entries)
	}
	e := &entry{size: h.Size}
	var ok bool
	var err error
	if e.name, err = cleanName(h.Name); err != nil {
		return nil, err
	}
	if e.kind, ok = kindOf(h, e.name); !ok {
		return nil, refuse("it is neither a file, a directory nor a link")
	}
	if e.kind == aLink {
		if e.target, err = linkTarget(h, e.name); err != nil {
			return nil, err
		}
	}
	if !a.remember(e) {
		return nil, refuse("it is in the way of another")
	}
	return e, nil
}

// remember adds an entry and the directories above it. It refuses what comes
// twice, and what is below something else than a directory: so no entry can
// replace one that was verified, by its own name or by that of a link.
func (a *archive) remember(e *entry) bool {
	for dir := path.Dir(e.name); dir != "."; dir = path.Dir(dir) {
		above, ok := a.entries[dir]
		if !ok {
			a.entries[dir] = a.directory
		} else if above.kind != aDirectory {
			return false
		}
	}
	old, ok := a.entries[e.name]
	switch {
	case e.name == ".":
		return e.kind == aDirectory
	case ok:
		return e.kind == aDirectory && old.kind == aDirectory
	case e.kind == aDirectory:
		a.entries[e.name] = a.directory
	default:
		a.entries[e.name] = e
	}
	return true
}

// file returns the entry that a name leads to, over links, if it is a file.
func (a *archive) file(raw string) *entry {
	name, err := cleanName(raw)
	if err != nil {
		return nil
	}
	const maxLinks = 8 // a bound against links that lead to each other
	e := a.entries[name]
	for range maxLinks {
		if e == nil || e.kind != aLink {
			break
		}
		e = a.entries[e.target]
	}
	if e == nil || e.kind != aFile {
		return nil
	}
	return e
}
