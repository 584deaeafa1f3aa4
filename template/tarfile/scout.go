package tarfile

import (
	"archive/tar"
	"bufio"
	"context"
	"io"

	"github.com/dockerhv/dockerhv/internal/compression"
	"github.com/dockerhv/dockerhv/template"
)

// scouted is what a look at a file has told.
type scouted struct {
	there template.Image  // what the store has already
	files map[string]bool // the files of the image; nil is unknown
}

// scout looks at an archive of images that is a file and not compressed, where only
// what matters need be read: whether its image is there, and else which files that
// needs. It verifies nothing, and what it finds wrong is for those to say who do. A
// file with a checksum has to be read anyway.
func (i installation) scout(ctx context.Context) (scouted, error) {
	if i.Path == "" || i.Checksum != (template.Checksum{}) || !i.Config.isZero() {
		return scouted{}, nil
	}
	image, ok := i.glance()
	if !ok {
		return scouted{}, nil
	}
	_, is, err := i.look(ctx, image)
	if err != nil || is.Cached {
		return scouted{there: is}, err
	}
	return scouted{files: image.files()}, nil
}

// glance chooses an image by the documents of a file alone.
func (i installation) glance() (found, bool) {
	file, _, err := openFile(i.Path)
	if err != nil {
		return found{}, false
	}
	defer func() { _ = file.Close() }()
	head := bufio.NewReaderSize(file, inputBuffer)
	start, _ := head.Peek(compression.MagicLength)
	if compression.Of(start) != compression.None || i.layoutOf(head) == RootFS {
		return found{}, false
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return found{}, false
	}
	a := newArchive(i.Limits.withDefaults(false), i.host)
	if a.read(file, a.glance) != nil {
		return found{}, false
	}
	image, err := a.choose(i.Image, i.want)
	return image, err == nil
}

// glance reads an entry only if it may be a document.
func (a *archive) glance(_ *tar.Header, e *entry, content io.Reader) error {
	switch {
	case e.kind == heldBack:
		return a.keep(e, content)
	case e.kind != aFile || e.size == 0 || e.size > maxDocument:
		return nil
	}
	head := bufio.NewReaderSize(content, block)
	if start, _ := head.Peek(compression.MagicLength); !isDocument(start) {
		return nil
	}
	if err := a.remind(e, head); err != nil {
		return err
	}
	e.digest = sumOf(e.document)
	return nil
}
