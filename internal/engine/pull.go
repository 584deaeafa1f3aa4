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

// errRateLimited is of a registry that has said so lately.
var errRateLimited = errors.New("the registry limits how often it is asked")

// Pull brings an image by its digest, which it asks the registry for first where
// the reference has none. Thus the tag can't move in between, and no tag that the
// host's other users have is moved either. What is there is not pulled again.
func (s Images) Pull(ctx context.Context, ref string, opts template.PullOptions) (template.Image, error) {
	named, err := reference.ParseNormalizedNamed(ref)
	if err != nil {
		return template.Image{}, &dockerhv.Error{Op: opPull, ID: ref, Class: dockerhv.ErrInvalid, Err: err}
	}
	auth, err := encodeCredential(named, opts.Credential)
	if err != nil {
		return template.Image{}, s.fail(opPull, ref, err)
	}
	limit := reference.Domain(named) + " " + auth
	if left := s.limits.left(limit); left > 0 {
		return template.Image{}, s.refusePull(reference.FamiliarString(named), "wait, or give another credential",
			&template.PullError{Reason: template.PullRateLimited, RetryAfter: left, Err: errRateLimited})
	}
	work := pull{
		Images: s, named: named, auth: auth, opts: opts,
		report: newPullProgress(reference.FamiliarString(named), opts.Progress),
	}
	image, err := work.run(ctx)
	return image, s.limits.heed(limit, err)
}

// pull is one pull.
type pull struct {
	Images
	named  reference.Named
	auth   string
	opts   template.PullOptions
	report *pullProgress
}

func (p pull) run(ctx context.Context) (template.Image, error) {
	p.report.phase(template.Resolving)
	pinned, err := p.pin(ctx)
	if err == nil {
		err = p.opts.Ask(ctx, template.Candidate{
			Registry: reference.Domain(pinned), Repository: reference.Path(pinned),
			Digest: pinned.Digest().String(), Platform: p.opts.Platform,
		})
	}
	if err != nil {
		return template.Image{}, err
	}
	// What is there before decides what is taken back after: nobody may come in between.
	unlock, err := p.pulls.Lock(ctx, pinned.String())
	if err != nil {
		return template.Image{}, err
	}
	defer unlock()
	before, err := p.Image(ctx, pinned.String())
	if err == nil && before.Platform.Matches(p.opts.Platform) {
		before.Cached = true
		p.report.phase(template.Done)
		return before, nil
	}
	image, err := p.bring(ctx, pinned)
	if err != nil && before.ID == "" {
		err = p.takeBack(ctx, pinned, err)
	}
	if err != nil {
		return template.Image{}, err
	}
	image.Cached = image.ID == before.ID
	p.report.phase(template.Done)
	return image, nil
}

// pin returns the reference by digest, without a tag.
func (p pull) pin(ctx context.Context) (reference.Canonical, error) {
	pinned, ok := p.named.(reference.Digested)
	if ok && !p.opts.Verify {
		return reference.WithDigest(reference.TrimNamed(p.named), pinned.Digest())
	}
	asked := reference.TagNameOnly(p.named)
	if ok {
		asked, _ = reference.WithDigest(reference.TrimNamed(p.named), pinned.Digest()) // which has one already
	}
	dog, ctx := newStall(ctx, p.opts.Stall)
	defer dog.end()
	inspected, err := p.cli.DistributionInspect(ctx, asked.String(), p.auth)
	if err != nil {
		return nil, p.failed(ctx, reference.FamiliarString(asked), err)
	}
	return reference.WithDigest(reference.TrimNamed(p.named), inspected.Descriptor.Digest)
}

// bring has the engine pull the image. The stream's end is the engine's word; the image in
// the store is the proof. One that has a single platform is pulled for any.
func (p pull) bring(ctx context.Context, pinned reference.Canonical) (template.Image, error) {
	if err := p.download(ctx, pinned); err != nil {
		return template.Image{}, err
	}
	image, err := p.Image(ctx, pinned.String())
	if err == nil && !image.Platform.Matches(p.opts.Platform) {
		err = p.refusePull(reference.FamiliarString(pinned), "ask for a platform that the image has", &template.PullError{
			Reason: template.PullPlatform, Err: fmt.Errorf("the image is for %v, not %v", image.Platform, p.opts.Platform),
		})
	}
	return image, err
}

func (p pull) download(ctx context.Context, pinned reference.Canonical) error {
	id := reference.FamiliarString(pinned)
	dog, ctx := newStall(ctx, p.opts.Stall)
	defer dog.end()
	stream, err := p.cli.ImagePull(ctx, pinned.String(), image.PullOptions{
		RegistryAuth: p.auth, Platform: p.opts.Platform.String(),
	})
	if err != nil {
		return p.failed(ctx, id, err)
	}
	defer stream.Close()
	err = drain(stream, func(m jsonmessage.JSONMessage) {
		if p.report.message(m) {
			dog.heard(p.report.busy())
		}
	})
	if err != nil {
		return p.failed(ctx, id, err)
	}
	return nil
}

// failed is the error of a call to the engine, whose end the caller or a stall may have
// caused: these come first.
func (p pull) failed(ctx context.Context, id string, err error) error {
	if stalled, ok := errors.AsType[*template.PullError](context.Cause(ctx)); ok {
		return p.refusePull(id, "check the registry and the network, or allow longer stalls", stalled)
	}
	return p.failPull(id, cmp.Or(ctx.Err(), err))
}

// takeBack removes an image of another platform than the one asked for, which the engine
// has pulled before that was found, by it, as Engine 26.1 does, or by us.
func (p pull) takeBack(ctx context.Context, pinned reference.Canonical, why error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), takeBackTimeout)
	defer cancel()
	pulled, err := p.Image(ctx, pinned.String())
	if err != nil || pulled.Platform.Matches(p.opts.Platform) {
		return why
	}
	if err := p.Remove(ctx, pinned.String()); err != nil {
		return errors.Join(why, err)
	}
	return why
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
