package tarfile

import (
	"context"
	"errors"
	"io"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/template"
)

// Source is a template that is a docker-archive. Exactly one of Path, URL and
// Reader says where it is. It is safe for concurrent use.
type Source struct {
	// Path is a file on this machine.
	Path string
	// URL is fetched over http or https, as Download allows.
	URL string
	// Reader opens the archive for one Install, which closes it. Its reads should
	// end when the context does.
	Reader func(context.Context) (io.ReadCloser, error)

	// Checksum is what the file must have, as it is on disk or on the server and
	// thus compressed; zero asks for none.
	Checksum template.Checksum
	// Image chooses one image of an archive with several, by one of its names in
	// there. Empty means the only one.
	Image string
	// Tag is the reference to give to the image; it then names this image whatever
	// it named before. Empty means one of our own, made of the image's digest.
	Tag string
	// Download bounds what is fetched by URL. A MaxBytes of 0 means 16 GiB.
	Download template.Download
	// Limits bounds what the archive may unpack to.
	Limits Limits
}

var _ template.TemplateSource = Source{}

// Install loads the archive's image into a store, which must be a
// template.Loader. Installing an image that is there already reads the archive
// through, as only that proves which image it is, and changes nothing.
//
// Its error is a *dockerhv.Error. A wrong checksum is a *template.ChecksumError
// and, like an archive that is truncated, corrupt or contradicts itself, matches
// dockerhv.ErrIntegrity. What is refused, an archive with several images of which
// none is chosen, and an image of another platform than asked for match
// dockerhv.ErrInvalid. An archive of another kind matches errors.ErrUnsupported.
func (s Source) Install(
	ctx context.Context, into template.ImageStore, opts template.InstallOptions,
) (template.Image, error) {
	image, err := s.install(ctx, into, opts)
	if err != nil {
		return template.Image{}, s.fail(err)
	}
	return image, nil
}

func (s Source) install(
	ctx context.Context, into template.ImageStore, opts template.InstallOptions,
) (template.Image, error) {
	if err := s.validate(); err != nil {
		return template.Image{}, err
	}
	loader, err := template.Role[template.Loader](into)
	if err != nil {
		return template.Image{}, err
	}
	progress := newReporter(opts.Progress, s.item(), s.phase())
	in, err := s.open(ctx, progress)
	if err != nil {
		return template.Image{}, err
	}
	defer in.close()
	up := startUpload(ctx, loader)
	defer up.release()
	sent, err := s.transfer(in, up, opts.Platform)
	if err != nil {
		up.abort(err) // whatever the cause turns out to be
		return template.Image{}, s.blame(ctx, in, up, err)
	}
	image, err := s.register(ctx, destination{store: into, want: opts.Platform}, up, sent, progress)
	if err == nil {
		progress.enter(template.Done)
	}
	return image, err
}

// transfer sends the archive but for its manifest, and returns its image when all
// of the input was read and verified.
func (s Source) transfer(in *input, up *upload, want template.Platform) (found, error) {
	unpacked, err := decompress(in)
	if err != nil {
		return found{}, err
	}
	defer unpacked.close()
	content := &bounded{reader: unpacked, input: in, limits: s.Limits.withDefaults()}
	a := newArchive(content.limits)
	err = a.copy(up.archive, content)
	if err == nil {
		err = drain(content) // the compressor's own checksum is at the end
	}
	if err == nil {
		err = drain(in) // and so is the file's, if any of it is left
	}
	if err != nil {
		return found{}, corrupt(err)
	}
	image, err := a.choose(s.Image)
	if err != nil {
		return found{}, err
	}
	return image, image.suits(want)
}

// blame finds the cause of a transfer that failed. What stands between input and
// store only says how it noticed.
func (s Source) blame(ctx context.Context, in *input, up *upload, err error) error {
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case up.broken != nil:
		return up.failure()
	case s.Checksum != (template.Checksum{}) && errors.Is(err, dockerhv.ErrIntegrity):
		_ = drain(in) // another file than the registered one has another checksum
	}
	if in.err != nil {
		return in.err
	}
	return err
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
	if s.Tag == "" {
		return nil
	}
	_, err := parseTag(s.Tag)
	return err
}
