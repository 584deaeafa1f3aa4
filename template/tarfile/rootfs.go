package tarfile

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"path"
	"strings"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/template"
)

// rootFS makes an image of a root file system: of one layer that is the archive
// itself, unpacked, and of a config with nothing but what is given. So the same
// content is the same image everywhere, however it is compressed. An engine's own
// import would make another one each time.
func (i installation) rootFS(ctx context.Context, from reading) (template.Image, error) {
	if i.Image != "" {
		return template.Image{}, &dockerhv.FieldError{Field: "image", Reason: "chooses an image, and this is a root file system"}
	}
	layer, err := newSpool(i.TempDir)
	if err != nil {
		return template.Image{}, err
	}
	defer layer.close()
	diffID, err := i.keepSystem(from, layer)
	if err != nil {
		return template.Image{}, i.blame(ctx, from.in, nil, err)
	}
	made, err := i.synthesize(diffID, layer.size)
	if err != nil {
		return template.Image{}, err
	}
	if _, is, err := i.look(ctx, made.found); err != nil || is.Cached {
		return is, err
	}
	up := startUpload(ctx, i.loader)
	defer up.release()
	if err := made.send(up, layer); err != nil {
		up.abort(err)
		return template.Image{}, i.blame(ctx, from.in, up, err)
	}
	return i.register(ctx, up, made.found, from.in.progress)
}

// keepSystem writes the archive to a layer and returns that one's hex SHA-256, when
// all of the input was read and verified.
func (i installation) keepSystem(from reading, layer io.Writer) (string, error) {
	sum := sha256.New()
	kept := io.TeeReader(from.content, io.MultiWriter(layer, sum))
	s := system{limits: i.Limits.withDefaults(true), tops: make(map[string]bool)}
	err := s.read(kept)
	if err == nil {
		err = errors.Join(drain(kept), drain(from.in))
	}
	if err == nil && i.Layout != RootFS && !s.beyondDoubt() {
		err = invalid("say that its layout is rootfs if it is one", "it looks like a root file system, and lacks what one has")
	}
	return hexOf(sum), err
}

// system is what is found out about a root file system while its entries are read.
type system struct {
	limits Limits
	count  int
	tops   map[string]bool // which of the usual names at the top there are
}

func (s *system) read(content io.Reader) error {
	entries := newEntryReader(content)
	for {
		header, err := entries.next()
		if err != nil || header == nil {
			return err
		}
		s.count++
		if s.count > s.limits.Entries {
			return inEntry(header.Name, tooMuch("it is one more than the %d that are allowed", s.limits.Entries))
		}
		if err := inSystem(header); err != nil {
			return inEntry(header.Name, err)
		}
		name := path.Clean(header.Name)
		if top, _, _ := strings.Cut(name, "/"); isAtTop(top) || isSaid(name) {
			s.tops[top] = true
		}
	}
}

// inSystem refuses what would be written elsewhere than in the system. What its
// symbolic links lead to is its own matter: they are followed only inside.
func inSystem(h *tar.Header) error {
	switch {
	case path.IsAbs(h.Name):
		return refuse("its name is absolute")
	case strings.Contains("/"+h.Name+"/", "/../"):
		return refuse("its name has .. in it")
	case h.Typeflag == tar.TypeLink && strings.Contains("/"+h.Linkname+"/", "/../"):
		return refuse("it is a link that leaves the archive")
	case isSparse(h):
		return refuse("it is a sparse file")
	}
	return nil
}

// beyondDoubt tells whether an archive is a root file system although nobody said
// so: it has what every system has, and nothing of an archive of images.
func (s *system) beyondDoubt() bool {
	for name := range s.tops {
		if isSaid(name) {
			return false
		}
	}
	return s.tops["etc"] && (s.tops["bin"] || s.tops["usr"] || s.tops["sbin"])
}
