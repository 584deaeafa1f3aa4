package lease

import (
	"context"
	"errors"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/template"
)

// installAttempts is how often an image is installed that somebody removes before it is
// held.
const installAttempts = 3

// Install installs a template into the store and holds its image for DefaultTTL, so that an
// instance can be made of it. Release the lease once that is done. What it brings, and was
// not there before, is marked as the owner's, to be removed when nobody needs it. For a
// template of a catalog give [template.Catalog.SourceOn].
func (k *Keeper) Install(ctx context.Context, source template.TemplateSource, opts template.InstallOptions) (template.Image, *Lease, error) {
	for attempt := 1; ; attempt++ {
		image, err := source.Install(ctx, k.store, opts)
		if err != nil {
			return template.Image{}, nil, err
		}
		held, err := k.keep(ctx, image)
		switch {
		case err == nil:
			return image, held, nil
		case !errors.Is(err, dockerhv.ErrNotFound) || attempt == installAttempts:
			return template.Image{}, nil, &dockerhv.Error{Op: "keep image", ID: image.Reference, Err: err}
		}
	}
}

// keep marks an image if it was brought, and holds it. What is marked and can't be held is
// removed by a sweep.
func (k *Keeper) keep(ctx context.Context, image template.Image) (*Lease, error) {
	if image.Cached {
		return k.hold(ctx, image.ID, 0)
	}
	if err := k.mark(ctx, image); err != nil {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), releaseTimeout)
		defer cancel()
		// Nobody would remove later what is not marked.
		return nil, errors.Join(err, k.store.Remove(ctx, image.Reference))
	}
	return k.hold(ctx, image.ID, 0)
}

// mark says who brought a name of an image. Marks that are made after a sweep has looked
// have other names than those that it removes.
func (k *Keeper) mark(ctx context.Context, image template.Image) error {
	name, err := k.lister.FullName(image.Reference)
	if err != nil {
		return err
	}
	return k.tagger.Tag(ctx, image.ID, markName(k.owner, name, k.series()))
}
