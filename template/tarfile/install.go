package tarfile

import (
	"context"
	"errors"
	"fmt"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/template"
)

// installation is one installation of a source.
type installation struct {
	Source
	copied string // the ID on another host of what Copy copies from there
	store  template.ImageStore
	loader template.Loader
	host   template.Traits
	want   template.Platform // zero if none is asked for and the host's is unknown
}

// run installs, unless that was done before.
func (i installation) run(ctx context.Context, opts template.InstallOptions) (template.Image, error) {
	limits := i.Limits.withDefaults(false)
	ctx, cancel := context.WithTimeoutCause(ctx, limits.Time, &dockerhv.Error{
		Class: dockerhv.ErrUnavailable, Err: fmt.Errorf("it takes longer than %v", limits.Time),
		Next: "try when there is less to do, or raise the limit",
	})
	defer cancel()
	progress := newReporter(opts.Progress, i.item(), i.phase())
	image, err := i.recorded(ctx)
	if err == nil && image.ID == "" {
		image, err = i.read(ctx, progress)
	}
	if err != nil {
		return template.Image{}, i.fail(err)
	}
	progress.enter(template.Done)
	return image, nil
}

// read opens the archive and installs what is in it.
func (i installation) read(ctx context.Context, progress *reporter) (template.Image, error) {
	known, err := i.scout(ctx)
	if err != nil || known.there.ID != "" {
		return known.there, err
	}
	in, err := i.open(ctx, progress)
	if err != nil {
		return template.Image{}, err
	}
	defer in.close()
	count := &meter{limits: i.Limits.withDefaults(false), input: in}
	content, err := decompress(in, count)
	if err != nil {
		return template.Image{}, i.blame(ctx, in, nil, err)
	}
	defer content.close()
	from := reading{in, content, count}
	if i.layoutOf(content.Reader) == RootFS {
		return i.rootFS(ctx, from)
	}
	if !i.Config.isZero() {
		return template.Image{}, &dockerhv.FieldError{Field: "config", Reason: "is for a root file system, and this is an archive of images"}
	}
	return i.images(ctx, from, known.files)
}

// reading is an archive that is being read.
type reading struct {
	in      *input
	content plain
	count   *meter
}

// images sends an archive of images but for its word on them, and registers the
// one that is asked for when all of the input was read and verified.
func (i installation) images(ctx context.Context, from reading, wanted map[string]bool) (template.Image, error) {
	up := startUpload(ctx, i.loader)
	defer up.release()
	sent, err := i.transfer(from, up, wanted)
	if err != nil {
		up.abort(err) // whatever the cause turns out to be
		return template.Image{}, i.blame(ctx, from.in, up, err)
	}
	return i.register(ctx, up, sent, from.in.progress)
}

func (i installation) transfer(from reading, up *upload, wanted map[string]bool) (found, error) {
	a := newArchive(from.count.limits, i.host)
	c := newCopier(a, up.archive, from.count, i.TempDir, wanted)
	err := a.read(from.content, c.visit)
	if err == nil { // the compressor's own checksum is at the end, and so is the file's
		err = errors.Join(drain(from.content), drain(from.in))
	}
	if err != nil {
		return found{}, err
	}
	sent, err := a.choose(i.Image, i.want)
	if err == nil && i.copied != "" {
		err = sent.isCopyOf(i.copied, a)
	}
	return sent, err
}

// blame finds the cause of a failure to read. What stands between input and store
// only says how it noticed.
func (i installation) blame(ctx context.Context, in *input, up *upload, err error) error {
	err = corrupt(err)
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case up != nil && up.broken != nil:
		return up.failure()
	case i.Checksum != (template.Checksum{}) && errors.Is(err, dockerhv.ErrIntegrity):
		_ = drain(in) // another file than the registered one has another checksum
	}
	if in.err != nil {
		return in.err
	}
	return err
}
