package tarfile

import (
	"archive/tar"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"
	"path"

	"github.com/dockerhv/dockerhv"
)

// copyEntry writes an entry anew: with nothing but its name, kind and content.
func (a *archive) copyEntry(to *tar.Writer, r io.Reader, h *tar.Header, e *entry, name string) error {
	switch e.kind {
	case heldBack:
		return a.keep(r, name)
	case aDirectory:
		if name == "." {
			return nil
		}
		return to.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: name + "/", Mode: 0o755})
	case aLink:
		link := h.Linkname
		if h.Typeflag == tar.TypeLink {
			link = e.target
		}
		return to.WriteHeader(&tar.Header{Typeflag: h.Typeflag, Name: name, Linkname: link, Mode: 0o777})
	case aFile:
	}
	if err := to.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Size: h.Size, Mode: 0o644}); err != nil {
		return err
	}
	return a.copyFile(to, r, h.Size, e, name)
}

// keep reads manifest.json, and skips the others that are held back.
func (a *archive) keep(r io.Reader, name string) error {
	if name != manifestName {
		return drain(r)
	}
	content, err := io.ReadAll(io.LimitReader(r, maxDocument+1))
	if len(content) > maxDocument {
		return tooMuch("it is larger than %d bytes", maxDocument)
	}
	a.manifest = content
	return err
}

// copyFile copies a file, and computes the digest of one that may have to have one:
// a blob, and all that is small enough to be an image's config.
func (a *archive) copyFile(to io.Writer, r io.Reader, size int64, e *entry, name string) error {
	want := blobDigest(name)
	small := size <= maxDocument
	var sum hash.Hash
	if small || want != "" {
		sum = sha256.New()
		to = io.MultiWriter(to, sum)
	}
	a.document.Reset()
	if small {
		to = io.MultiWriter(to, &a.document)
	}
	if _, err := io.CopyBuffer(struct{ io.Writer }{to}, struct{ io.Reader }{r}, a.buffer); err != nil || sum == nil {
		return err
	}
	e.digest = hex.EncodeToString(sum.Sum(nil))
	if want != "" && want != e.digest {
		return &refusal{
			class: dockerhv.ErrIntegrity, reason: "its content has the digest " + e.digest, next: "get the archive again",
		}
	}
	e.config = parseConfig(a.document.Bytes())
	return nil
}

// blobDigest returns the digest that a file's name promises; "" if it does not.
func blobDigest(name string) string {
	dir, base := path.Split(name)
	if digest, err := hex.DecodeString(base); dir != "blobs/sha256/" || err != nil || len(digest) != sha256.Size {
		return ""
	}
	return base
}
