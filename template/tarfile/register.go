package tarfile

import (
	"context"
	"errors"
	"fmt"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/template"
)

// destination is where an image goes: a store, and its reference in there.
type destination struct {
	store template.ImageStore
	ref   string
	want  template.Platform
}

// register makes the store register the image that was transferred, unless it has
// it, and proves that it is there: that Load reports no error is no proof.
func (s Source) register(
	ctx context.Context, to destination, up *upload, image found, progress *reporter,
) (template.Image, error) {
	var before template.Image
	var manifest []byte
	var err error
	if to.ref, err = image.reference(s.Tag); err == nil {
		before, err = to.lookUp(ctx)
	}
	if err == nil {
		manifest, err = image.manifest(to.ref)
	}
	// Our own reference names one content; any other may name anything.
	there := before.ID != "" && (s.Tag == "" || before.ID == "sha256:"+image.digest)
	switch {
	case err != nil:
		up.abort(err)
		return template.Image{}, err
	case there:
		up.abort(errAbandoned)
		before.Cached = true
		return to.finish(before), suits(before.Platform, to.want)
	}
	progress.enter(template.Extracting)
	now, err := to.commit(ctx, up, manifest)
	if err != nil {
		return template.Image{}, to.restore(ctx, before, s.fail(err))
	}
	now.Cached = now.ID == before.ID
	return to.finish(now), nil
}

// commit completes an upload and returns the image that came of it.
func (d destination) commit(ctx context.Context, up *upload, manifest []byte) (template.Image, error) {
	err := up.commit(manifest)
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	if err != nil {
		return template.Image{}, err
	}
	image, err := d.lookUp(ctx)
	switch {
	case err != nil:
		return template.Image{}, err
	case image.ID == "":
		return template.Image{}, &dockerhv.Error{
			Class: dockerhv.ErrFailed, Err: fmt.Errorf("the host took the archive but has no %s", d.ref),
			Next: "look into the host's log",
		}
	}
	return image, suits(image.Platform, d.want)
}

// lookUp returns the image of the reference; the zero Image if there is none.
func (d destination) lookUp(ctx context.Context) (template.Image, error) {
	image, err := d.store.Image(ctx, d.ref)
	if errors.Is(err, dockerhv.ErrNotFound) {
		return template.Image{}, nil
	}
	return image, err
}

// restore makes the reference name what it named before, so that an installation
// that failed leaves nothing behind. It returns the cause, and what went wrong in
// restoring.
func (d destination) restore(ctx context.Context, before template.Image, cause error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	now, err := d.lookUp(ctx)
	switch {
	case err != nil || now.ID == before.ID:
	case before.ID == "":
		err = d.store.Remove(ctx, d.ref)
	default:
		err = d.giveBack(ctx, before.ID, now.ID)
	}
	if err != nil {
		return fmt.Errorf("%w; and %s may be left on the host: %w", cause, d.ref, err)
	}
	return cause
}

// giveBack gives the reference back to an image, and drops the one that had it.
func (d destination) giveBack(ctx context.Context, before, now string) error {
	tagger, err := template.Role[template.Tagger](d.store)
	if err != nil {
		return err
	}
	if err := tagger.Tag(ctx, before, d.ref); err != nil {
		return err
	}
	return d.store.Remove(ctx, now)
}

// finish completes an image with what its source knows.
func (d destination) finish(image template.Image) template.Image {
	image.Format, image.Reference = template.Tarfile, d.ref
	if image.Digest == "" {
		image.Digest = image.ID
	}
	return image
}
