package tarfile

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"

	"github.com/dockerhv/dockerhv"
)

const (
	block   = 512
	trailer = 2 * block // of zeros, at the end of an archive
)

// entryReader reads the entries of a tar archive one by one. It is the content of
// the entry at hand.
type entryReader struct {
	*tar.Reader
	content *counter
	first   bool
	padding int64 // of the entry before
}

func newEntryReader(content io.Reader) *entryReader {
	counted := &counter{reader: content}
	return &entryReader{Reader: tar.NewReader(counted), content: counted, first: true}
}

// next returns the next entry, or nil at the end of an archive that has one.
func (r *entryReader) next() (*tar.Header, error) {
	for {
		start := r.content.n
		header, err := r.Next()
		switch {
		case errors.Is(err, io.EOF) && r.content.n-start < r.padding+trailer:
			return nil, io.ErrUnexpectedEOF // which archive/tar does not mind
		case errors.Is(err, io.EOF):
			return nil, nil
		case errors.Is(err, tar.ErrHeader) && r.first:
			return nil, invalid(giveArchive, "it is not a tar archive")
		case err != nil && !errors.Is(err, tar.ErrInsecurePath): // which is for others to say better
			return nil, err
		}
		r.first, r.padding = false, -header.Size&(block-1)
		if header.Typeflag != tar.TypeXGlobalHeader {
			return header, nil
		}
		r.padding = 0
	}
}

// counter counts how far content was read. It can be skipped in where that is a file.
type counter struct {
	reader io.Reader
	n      int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.reader.Read(p)
	c.n += int64(n)
	return n, err
}

func (c *counter) Seek(offset int64, whence int) (int64, error) {
	file, ok := c.reader.(io.Seeker)
	if !ok {
		return 0, errors.ErrUnsupported
	}
	at, err := file.Seek(offset, whence)
	if err == nil {
		c.n = at
	}
	return at, err
}

// inEntry names the entry that something is wrong with.
func inEntry(name string, err error) error {
	if r, ok := errors.AsType[*refusal](err); ok {
		return &dockerhv.Error{Class: r.class, Err: fmt.Errorf("the entry %s: %s", quote(name), r.reason), Next: r.next}
	}
	return err
}
