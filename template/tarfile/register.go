package tarfile

import (
	"context"
	"errors"
	"fmt"
	"slices"

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
func (i installation) register(ctx context.Context, up *upload, image found, progress *reporter) (template.Image, error) {
	to, before, err := i.look(ctx, image)
	if err == nil && before.Cached {
		up.abort(errAbandoned)
		return before, nil
	}
	var said []file
	if err == nil {
		said, err = image.documents(to.ref)
	}
	if err != nil {
		up.abort(err)
		return template.Image{}, err
	}
	progress.enter(template.Extracting)
	now, err := to.commit(ctx, up, said)
	if err == nil && i.copied != "" {
		err = image.arrived(now.ID)
	}
	if err != nil {
		return template.Image{}, to.restore(ctx, before, i.fail(err))
	}
	now.Cached = now.ID == before.ID
	return to.finish(now), nil
}

// recorded returns the image that came of the archive before, if that can be told
// without the archive.
func (i installation) recorded(ctx context.Context) (template.Image, error) {
	if i.Tag != "" || i.Checksum == (template.Checksum{}) {
		return template.Image{}, nil
	}
	to := destination{i.store, i.record(), i.want}
	image, err := to.lookUp(ctx)
	if err != nil || image.ID == "" {
		return template.Image{}, err
	}
	image.Cached = true
	return to.finish(image), suits(image.Platform, i.want)
}

// look returns where an image goes, and what has its reference there: Cached says
// that it is the image. One that is there without the reference is given it.
func (i installation) look(ctx context.Context, image found) (to destination, is template.Image, err error) {
	to = destination{store: i.store, want: i.want}
	if to.ref, err = i.reference(image); err != nil {
		return to, template.Image{}, err
	}
	before, err := to.lookUp(ctx)
	if err != nil {
		return to, template.Image{}, err
	}
	// Our own reference names one content; any other may name anything.
	there := before.ID != "" && (i.Tag == "" || slices.Contains(image.ids(), before.ID))
	if !there {
		there, err = to.adopt(ctx, image)
	}
	if err != nil || !there {
		return to, before, err
	}
	if is, err = to.lookUp(ctx); err == nil {
		err = suits(is.Platform, i.want)
	}
	is.Cached = true
	return to, to.finish(is), err
}

// adopt gives the reference to an image that the store has under its ID.
func (d destination) adopt(ctx context.Context, image found) (bool, error) {
	tagger, err := template.Role[template.Tagger](d.store)
	if err != nil {
		return false, nil //nolint:nilerr // then it has to be sent
	}
	for _, id := range image.ids() {
		_, err := d.store.Image(ctx, id)
		switch {
		case errors.Is(err, dockerhv.ErrNotFound):
		case err != nil:
			return false, err
		default:
			err = tagger.Tag(ctx, id, d.ref)
			return err == nil, err
		}
	}
	return false, nil
}

// commit completes an upload and returns the image that came of it.
func (d destination) commit(ctx context.Context, up *upload, said []file) (template.Image, error) {
	err := up.commit(said)
	if ctx.Err() != nil {
		err = context.Cause(ctx)
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
