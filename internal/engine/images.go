package engine

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/distribution/reference"
	"github.com/docker/docker/api/types/image"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/template"
)

// takeBackTimeout bounds removing an image that is of no use, after its caller has
// given up, too.
const takeBackTimeout = 30 * time.Second

// Images is the engine's image store, in all the roles that it has.
type Images struct{ *Engine }

var (
	_ template.ImageStore     = Images{}
	_ template.Puller         = Images{}
	_ template.Loader         = Images{}
	_ template.Exporter       = Images{}
	_ template.Tagger         = Images{}
	_ template.BuildDialer    = Images{}
	_ template.BuildDescriber = Images{}
	_ template.Describer      = Images{}
	_ template.Sharer         = Images{}
	_ template.Lister         = Images{}
	_ template.Measurer       = Images{}
)

// Image returns the image of a reference or an ID.
func (s Images) Image(ctx context.Context, ref string) (template.Image, error) {
	inspected, err := s.cli.ImageInspect(ctx, ref)
	if err != nil {
		return template.Image{}, s.fail("inspect image", ref, err)
	}
	return template.Image{
		ID:        inspected.ID,
		Digest:    digestOf(inspected, ref),
		Reference: ref,
		Platform: template.Platform{
			OS: inspected.Os, Architecture: inspected.Architecture, Variant: inspected.Variant,
		},
		Size: inspected.Size,
	}, nil
}

// digestOf returns the digest that the reference's registry knows the image by,
// or else the image's ID.
func digestOf(inspected image.InspectResponse, ref string) string {
	named, err := reference.ParseNormalizedNamed(ref)
	if err != nil {
		return inspected.ID
	}
	if pinned, ok := named.(reference.Digested); ok {
		return pinned.Digest().String()
	}
	for _, repoDigest := range inspected.RepoDigests {
		name, digest, _ := strings.Cut(repoDigest, "@")
		if name == reference.FamiliarName(named) {
			return digest
		}
	}
	return inspected.ID
}

// Remove drops a reference, and the image with its last. It never forces.
func (s Images) Remove(ctx context.Context, ref string) error {
	_, err := s.cli.ImageRemove(ctx, ref, image.RemoveOptions{PruneChildren: true})
	if err == nil {
		return nil
	}
	err = s.fail("remove image", ref, err)
	if errors.Is(err, dockerhv.ErrNotFound) {
		return nil
	}
	return err
}

// Tag makes ref name the image of an ID.
func (s Images) Tag(ctx context.Context, id, ref string) error {
	if err := s.cli.ImageTag(ctx, id, ref); err != nil {
		return s.fail("tag image", ref, err)
	}
	return nil
}
