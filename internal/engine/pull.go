package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/distribution/reference"
	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/api/types/registry"
	"github.com/docker/docker/pkg/jsonmessage"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/template"
)

// Pull brings an image by its digest, which it asks the registry for first where
// the reference has none. Thus the tag can't move in between, and no tag that the
// host's other users have is moved either. What is there is not pulled again.
func (s Images) Pull(ctx context.Context, ref string, opts template.PullOptions) (template.Image, error) {
	named, err := reference.ParseNormalizedNamed(ref)
	if err != nil {
		return template.Image{}, &dockerhv.Error{Op: opPull, ID: ref, Class: dockerhv.ErrInvalid, Err: err}
	}
	report := newPullProgress(reference.FamiliarString(named), opts.Progress)
	report.phase(template.Resolving)
	auth, err := encodeCredential(named, opts.Credential)
	if err != nil {
		return template.Image{}, s.fail(opPull, ref, err)
	}
	pinned, err := s.pin(ctx, named, auth)
	if err != nil {
		return template.Image{}, err
	}
	before, err := s.Image(ctx, pinned.String())
	if err == nil && before.Platform.Matches(opts.Platform) {
		before.Cached = true
		report.phase(template.Done)
		return before, nil
	}
	if err := s.pull(ctx, pinned, auth, opts.Platform, report); err != nil {
		if before.ID == "" {
			err = s.dropRefused(ctx, pinned, opts.Platform, err)
		}
		return template.Image{}, err
	}
	// The stream's end is the engine's word; the image in the store is the proof.
	pulled, err := s.Image(ctx, pinned.String())
	if err != nil {
		return template.Image{}, err
	}
	pulled.Cached = pulled.ID == before.ID // as when the image has one platform, and not that one
	report.phase(template.Done)
	return pulled, nil
}

// pin returns the reference by digest, without a tag.
func (s Images) pin(ctx context.Context, named reference.Named, auth string) (reference.Canonical, error) {
	if pinned, ok := named.(reference.Digested); ok {
		return reference.WithDigest(reference.TrimNamed(named), pinned.Digest())
	}
	tagged := reference.TagNameOnly(named)
	inspected, err := s.cli.DistributionInspect(ctx, tagged.String(), auth)
	if err != nil {
		return nil, s.fail(opPull, reference.FamiliarString(tagged), err)
	}
	return reference.WithDigest(reference.TrimNamed(named), inspected.Descriptor.Digest)
}

func (s Images) pull(
	ctx context.Context, pinned reference.Canonical, auth string, platform template.Platform, report *pullProgress,
) error {
	id := reference.FamiliarString(pinned)
	stream, err := s.cli.ImagePull(ctx, pinned.String(), image.PullOptions{
		RegistryAuth: auth, Platform: platform.String(),
	})
	if err != nil {
		return s.fail(opPull, id, err)
	}
	defer stream.Close()
	if err := drain(stream, func(m jsonmessage.JSONMessage) { report.message(m) }); err != nil {
		return s.fail(opPull, id, cmp.Or(ctx.Err(), err)) // the caller's own end comes first
	}
	return nil
}

// dropRefused takes back an image that the engine has pulled, as Engine 26.1 does,
// before it found that its platform is another than the one asked for.
func (s Images) dropRefused(ctx context.Context, pinned reference.Canonical, platform template.Platform, refusal error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), takeBackTimeout)
	defer cancel()
	pulled, err := s.Image(ctx, pinned.String())
	if err != nil || pulled.Platform.Matches(platform) {
		return refusal
	}
	if err := s.Remove(ctx, pinned.String()); err != nil {
		return errors.Join(refusal, err)
	}
	return refusal
}

// encodeCredential makes the header's value. The client would take a wrong one
// without a word, so that it is made by its own encoder.
func encodeCredential(named reference.Named, c template.Credential) (string, error) {
	if c == (template.Credential{}) {
		return "", nil
	}
	auth, err := registry.EncodeAuthConfig(registry.AuthConfig{
		Username:      c.Username,
		Password:      c.Password,
		IdentityToken: c.IdentityToken,
		RegistryToken: c.RegistryToken,
		ServerAddress: reference.Domain(named),
	})
	if err != nil {
		return "", fmt.Errorf("encode the credential for %s: %w", reference.Domain(named), dockerhv.ErrInvalid)
	}
	return auth, nil
}
