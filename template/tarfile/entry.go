package tarfile

import (
	"archive/tar"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Names are bounded because all of them are kept. Real ones have 77 bytes and
// three parts at most.
const (
	maxName  = 255
	maxDepth = 8
)

// kind is what an entry of an archive is.
type kind int

const (
	aDirectory kind = iota
	aFile
	aLink
	heldBack // what the archive says of itself, which the store does not get to see
)

// entry is what is remembered of an entry.
type entry struct {
	name   string
	kind   kind
	size   int64
	target string // of a link: the name in the archive that it leads to

	// Of a file: its content's hex SHA-256, that of what it unpacks to, and itself
	// if it is a document. None is known of one that was passed over.
	digest   string
	diffID   string
	document []byte
	// plain is whether the store got it unpacked, and skipped whether not at all.
	plain, skipped bool
}

// kindOf tells what an entry is, if an archive of images has use for it.
func kindOf(h *tar.Header, name string) (kind, bool) {
	switch h.Typeflag {
	case tar.TypeReg:
		if isSaid(name) {
			return heldBack, true
		}
		return aFile, !isSparse(h)
	case tar.TypeDir:
		return aDirectory, !isSaid(name)
	case tar.TypeSymlink, tar.TypeLink:
		return aLink, !isSaid(name)
	}
	return 0, false
}

// isSaid tells whether an entry is what the archive says of itself. The engines read the
// images from manifest.json; containerd's store from index.json where there is
// oci-layout, too; an older one from repositories.
func isSaid(name string) bool {
	switch name {
	case manifestName, layoutName, indexName, legacyName:
		return true
	}
	return false
}

// isSparse tells of a file of which the archive holds only parts.
func isSparse(h *tar.Header) bool {
	for key := range h.PAXRecords {
		if strings.HasPrefix(key, "GNU.sparse.") {
			return true
		}
	}
	return false
}

// cleanName returns a name without what says nothing, such as a leading "./".
func cleanName(raw string) (string, error) {
	name := path.Clean(raw)
	switch {
	case len(raw) > maxName || strings.Count(name, "/") >= maxDepth:
		return "", refuse("its name is too long")
	case !isPrintable(raw):
		return "", refuse("its name is empty or has characters that no tool writes")
	case path.IsAbs(raw):
		return "", refuse("its name is absolute")
	case strings.Contains("/"+raw+"/", "/../"):
		return "", refuse("its name has .. in it")
	}
	return name, nil
}

// linkTarget returns the name that a link leads to.
func linkTarget(h *tar.Header, name string) (string, error) {
	raw := h.Linkname
	if h.Typeflag == tar.TypeSymlink {
		// Only at its beginning does ".." surely mean the parent: behind the name of
		// another link it means the parent of where that one leads.
		for strings.HasPrefix(raw, "../") {
			raw = raw[len("../"):]
		}
	}
	target, err := cleanName(raw)
	if err != nil {
		return "", refuse("it is a link that leaves the archive or leads to no name")
	}
	if h.Typeflag == tar.TypeSymlink {
		target = path.Join(path.Dir(name), h.Linkname) //nolint:gosec // checked below, and never opened here
	}
	if target == "." || target == ".." || strings.HasPrefix(target, "../") {
		return "", refuse("it is a link that leaves the archive")
	}
	return target, nil
}

// isPrintable also refuses the backslash, which some hosts take for a slash.
func isPrintable(s string) bool {
	return s != "" && utf8.ValidString(s) &&
		!strings.ContainsFunc(s, func(r rune) bool { return r == '\\' || !unicode.IsPrint(r) })
}
