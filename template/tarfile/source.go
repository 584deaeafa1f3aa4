package tarfile

import (
	"context"
	"io"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/template"
)

// Source is a template that is an archive of an image, or of a root file system.
// Exactly one of Path, URL and Reader says where it is. It is safe for concurrent
// use.
type Source struct {
	// Path is a file on this machine.
	Path string
	// URL is fetched over http or https, as Download allows.
	URL string
	// Reader opens the archive for one Install, which closes it. Its reads should
	// end when the context does.
	Reader func(context.Context) (io.ReadCloser, error)

	// Checksum is what the file must have, as it is on disk or on the server and
	// thus compressed; zero asks for none. With one, an image that was installed
	// from this archive before is found without opening it.
	Checksum template.Checksum
	// Layout is what the archive is of; empty finds out by content.
	Layout Layout
	// Image chooses one image of an archive with several, by one of its names in
	// there. Empty means the only one.
	Image string
	// Config is what the image of a root file system says to run. An archive of
	// images has its own: then it must be zero.
	Config Config
	// Tag is the reference to give to the image; it then names this image whatever
	// it named before. Empty means one of our own, made of a digest.
	Tag string

	// Download bounds what is fetched by URL. A MaxBytes of 0 means 16 GiB.
	Download template.Download
	// Limits bounds what the archive may unpack to.
	Limits Limits
	// TempDir is where a layer waits whose size must be known before it is sent: one
	// in a compression that the host can't unpack, and a root file system. Empty
	// means the system's directory for temporary files.
	TempDir string
}

var _ template.TemplateSource = Source{}

// Install loads the archive's image into a store, which must be a
// template.Loader. An image that is there already is not sent again: it is known by
// the archive's checksum, or by the config in an archive that is an uncompressed
// file; any other archive has to be read through. What several goroutines install
// at once from the same place into a template.Sharer is sent once.
//
// Its error is a *dockerhv.Error. A wrong checksum is a *template.ChecksumError
// and, like an archive that is truncated, corrupt or contradicts itself, matches
// dockerhv.ErrIntegrity. What is refused, an archive with several images of which
// none is chosen, and an image of another platform than asked for match
// dockerhv.ErrInvalid. An archive of another kind matches errors.ErrUnsupported.
func (s Source) Install(
	ctx context.Context, into template.ImageStore, opts template.InstallOptions,
) (template.Image, error) {
	image, err := installation{Source: s}.install(ctx, into, opts)
	if err != nil {
		return template.Image{}, s.fail(err)
	}
	return image, nil
}

// install fills what it knows of the store, and runs.
func (i installation) install(
	ctx context.Context, into template.ImageStore, opts template.InstallOptions,
) (template.Image, error) {
	if err := i.validate(); err != nil {
		return template.Image{}, err
	}
	loader, err := template.Role[template.Loader](into)
	if err != nil {
		return template.Image{}, err
	}
	host, err := template.TraitsOf(ctx, into)
	if err != nil {
		return template.Image{}, err
	}
	i.store, i.loader, i.host, i.want = into, loader, host, opts.Platform
	if i.want == (template.Platform{}) {
		i.want = host.Platform
	}
	return template.Share(ctx, into, i.key(), opts, i.run)
}

// validate checks the source's fields.
func (s Source) validate() error {
	given := 0
	for _, is := range []bool{s.Path != "", s.URL != "", s.Reader != nil} {
		if is {
			given++
		}
	}
	if given != 1 {
		return &dockerhv.FieldError{Field: "path", Reason: "give exactly one of path, URL and reader"}
	}
	if _, err := template.ParseChecksum(s.Checksum.String()); err != nil {
		return err
	}
	if err := s.Config.validate(); err != nil {
		return err
	}
	switch s.Layout {
	case "", Images, RootFS:
	default:
		return &dockerhv.FieldError{Field: "layout", Reason: "is not known; use images or rootfs"}
	}
	if s.Tag == "" {
		return nil
	}
	_, err := parseTag(s.Tag)
	return err
}
