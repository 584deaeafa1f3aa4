package tarfile

import (
	"archive/tar"
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"
	"strings"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/internal/compression"
)

// copier writes an archive's entries anew, for a store.
type copier struct {
	archive *archive
	to      *tar.Writer
	count   *meter
	tempDir string
	wanted  map[string]bool // the files to copy beside the documents; nil is all
	buffer  *bufio.Reader
}

func newCopier(a *archive, to *tar.Writer, count *meter, tempDir string, wanted map[string]bool) *copier {
	return &copier{
		archive: a, to: to, count: count, tempDir: tempDir, wanted: wanted,
		buffer: bufio.NewReaderSize(nil, inputBuffer),
	}
}

// visit writes an entry with nothing but its name, kind and content.
func (c *copier) visit(h *tar.Header, e *entry, content io.Reader) error {
	if err := c.count.fits(h.Size); err != nil {
		return err
	}
	switch e.kind {
	case heldBack:
		return c.archive.keep(e, content)
	case aDirectory:
		if e.name == "." {
			return nil
		}
		return c.to.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: e.name + "/", Mode: 0o755})
	case aLink:
		link := h.Linkname
		if h.Typeflag == tar.TypeLink {
			link = e.target
		}
		return c.to.WriteHeader(&tar.Header{Typeflag: h.Typeflag, Name: e.name, Linkname: link, Mode: 0o777})
	case aFile:
	}
	return c.file(e, content)
}

// file copies a file and verifies it: all that the store gets to see has the digest
// that it is named by, and all that is compressed can be unpacked.
func (c *copier) file(e *entry, content io.Reader) error {
	sum := sha256.New()
	c.buffer.Reset(io.TeeReader(content, sum))
	head, _ := c.buffer.Peek(compression.MagicLength)
	by := compression.Of(head)
	var err error
	switch {
	case isDocument(head) && e.size <= maxDocument:
		err = c.document(e)
	case c.wanted != nil && !c.wanted[e.name]:
		e.skipped = true
		return drain(c.buffer)
	case by == compression.None:
		err = copyFile(c.to, e.name, e.size, c.buffer)
	case by == compression.Gzip, by == compression.Zstd && c.archive.host.Zstd:
		err = c.compressed(e)
	default:
		err = c.unpacked(e)
	}
	if err != nil {
		return err
	}
	e.digest = hexOf(sum)
	if by == compression.None {
		e.diffID = e.digest
	}
	if want, ok := strings.CutPrefix(e.name, blobsDir); ok && want != e.digest {
		return &refusal{
			class: dockerhv.ErrIntegrity, reason: "its content has the digest " + e.digest, next: "get the archive again",
		}
	}
	return nil
}

// document keeps and sends a file that may say what an image is made of.
func (c *copier) document(e *entry) error {
	if err := c.archive.remind(e, c.buffer); err != nil {
		return err
	}
	return copyFile(c.to, e.name, e.size, bytes.NewReader(e.document))
}

// compressed sends a layer as it is, and unpacks it on the way: to know what it
// would take on the host, and whether it is what the config says.
func (c *copier) compressed(e *entry) (err error) {
	if err := c.to.WriteHeader(fileHeader(e.name, e.size)); err != nil {
		return err
	}
	sent := bufio.NewReaderSize(io.TeeReader(c.buffer, c.to), inputBuffer)
	e.diffID, err = c.diffID(sent, io.Discard)
	if err != nil {
		return err
	}
	return drain(sent)
}

// unpacked sends a layer that the host can't unpack as what it unpacks to. A tar
// header wants the size first: so that waits in a file meanwhile.
func (c *copier) unpacked(e *entry) error {
	spooled, err := newSpool(c.tempDir)
	if err != nil {
		return err
	}
	defer spooled.close()
	if e.diffID, err = c.diffID(c.buffer, spooled); err != nil {
		return err
	}
	if err := drain(c.buffer); err != nil {
		return err
	}
	e.plain = true
	content, size, err := spooled.content()
	if err != nil {
		return err
	}
	return copyFile(c.to, e.name, size, content)
}

// diffID unpacks a layer and returns the hex SHA-256 of its content.
func (c *copier) diffID(packed *bufio.Reader, to io.Writer) (string, error) {
	layer, err := unpack(packed, c.count)
	if err != nil {
		return "", corruptLayer(err)
	}
	defer layer.close()
	sum := sha256.New()
	if _, err := io.Copy(io.MultiWriter(sum, to), layer); err != nil {
		return "", corruptLayer(err)
	}
	return hexOf(sum), nil
}

// copyFile writes a file to an archive.
func copyFile(to *tar.Writer, name string, size int64, content io.Reader) error {
	if err := to.WriteHeader(fileHeader(name, size)); err != nil {
		return err
	}
	_, err := io.Copy(to, content)
	return err
}

func fileHeader(name string, size int64) *tar.Header {
	return &tar.Header{Typeflag: tar.TypeReg, Name: name, Size: size, Mode: 0o644}
}

func hexOf(sum hash.Hash) string { return hex.EncodeToString(sum.Sum(nil)) }

func sumOf(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}
