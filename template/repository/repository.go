// Package repository brings a template from a registry: a Repository image.
//
// A reference is Docker's: "nginx", "nginx:1.27", "registry:5000/team/app:2",
// "app@sha256:...". The registry is asked for the digest, and the image is pulled
// by it: the host gets no tag, and no tag that others use there is moved.
package repository

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/distribution/reference"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/template"
)

// Policy says when the registry is asked.
type Policy string

// The policies.
const (
	// Missing takes an image that the host has under the reference, and else pulls.
	// It is what the empty policy means. A host keeps no tag of what this package
	// pulled, so that a tag that was installed before is looked up again, and
	// downloaded only if it has moved.
	Missing Policy = "missing"
	// Always asks the registry what the reference means now.
	Always Policy = "always"
	// Never takes only what the host has.
	Never Policy = "never"
)

// Source is a Repository image. It implements template.TemplateSource.
type Source struct {
	// Reference names the image. Required.
	Reference string
	// Policy says when the registry is asked; empty means Missing.
	Policy Policy
	// Credentials returns what to show to a registry, such as "docker.io" or
	// "registry:5000"; nil means anonymous. [DockerConfig] makes one.
	Credentials func(ctx context.Context, registry string) (template.Credential, error)
}

var _ template.TemplateSource = Source{}

// Open is the template.Opener of Repository templates. It takes a URL with or without
// "docker://". It knows the details "policy" and "username", and the secrets
// "password" and "identitytoken", which are shown to the reference's registry.
func Open(r template.Registration) (template.TemplateSource, error) {
	if err := r.RefuseUnknown([]string{"policy", "username"}, []string{"identitytoken", "password"}); err != nil {
		return nil, err
	}
	s := Source{Reference: strings.TrimPrefix(r.URL, "docker://"), Policy: Policy(r.Details["policy"])}
	if r.Checksum != "" {
		return nil, &dockerhv.FieldError{
			Field: "checksum", Reason: "an image is pinned by its digest: write name@sha256:... as the URL",
		}
	}
	if _, err := s.parse(); err != nil {
		return nil, err
	}
	credential := template.Credential{
		Username: r.Details["username"], Password: r.Secrets["password"], IdentityToken: r.Secrets["identitytoken"],
	}
	if credential != (template.Credential{}) {
		s.Credentials = func(context.Context, string) (template.Credential, error) { return credential, nil }
	}
	return s, nil
}

// Install makes the image present and returns it pinned by digest. A reference
// that the registry does not know is dockerhv.ErrNotFound, a registry that can't
// be reached dockerhv.ErrUnavailable, one that refuses dockerhv.ErrDenied.
func (s Source) Install(ctx context.Context, into template.ImageStore, opts template.InstallOptions) (template.Image, error) {
	named, err := s.parse()
	if err != nil {
		return template.Image{}, s.fail(err, "")
	}
	if s.Policy != Always {
		image, err := present(ctx, into, named, opts)
		if err == nil || !errors.Is(err, dockerhv.ErrNotFound) {
			return image, err
		}
		if s.Policy == Never {
			return template.Image{}, s.fail(err, "install it with another policy, or load it on the host")
		}
	}
	return s.pull(ctx, into, named, opts)
}

// parse checks the fields and completes the reference with its registry and tag.
func (s Source) parse() (reference.Named, error) {
	switch s.Policy {
	case "", Missing, Always, Never:
	default:
		return nil, &dockerhv.FieldError{
			Field: "policy", Reason: fmt.Sprintf("%q is refused; use %s, %s or %s", s.Policy, Missing, Always, Never),
		}
	}
	named, err := reference.ParseNormalizedNamed(s.Reference)
	if err != nil {
		return nil, &dockerhv.FieldError{
			Field: "reference", Reason: fmt.Sprintf("%q is refused: %v; write name:tag or name@sha256:...", s.Reference, err),
		}
	}
	return reference.TagNameOnly(named), nil
}

// present returns the image that the host has under the reference.
func present(ctx context.Context, in template.ImageStore, named reference.Named, opts template.InstallOptions) (template.Image, error) {
	if pinned, ok := named.(reference.Digested); ok {
		// An engine knows a pinned image without its tag.
		canonical, err := reference.WithDigest(reference.TrimNamed(named), pinned.Digest())
		if err != nil {
			return template.Image{}, err
		}
		named = canonical
	}
	image, err := in.Image(ctx, reference.FamiliarString(named))
	if err != nil {
		return template.Image{}, err
	}
	if !image.Platform.Matches(opts.Platform) {
		return template.Image{}, &dockerhv.Error{Op: "install", ID: named.String(), Class: dockerhv.ErrNotFound}
	}
	image.Format, image.Cached = template.Repository, true
	if opts.Progress != nil {
		opts.Progress(template.Progress{Item: reference.FamiliarString(named), Phase: template.Done})
	}
	return image, nil
}

func (s Source) pull(
	ctx context.Context, into template.ImageStore, named reference.Named, opts template.InstallOptions,
) (template.Image, error) {
	puller, err := template.Role[template.Puller](into)
	if err != nil {
		return template.Image{}, err
	}
	var credential template.Credential
	if s.Credentials != nil {
		if credential, err = s.Credentials(ctx, reference.Domain(named)); err != nil {
			return template.Image{}, s.fail(err, "check the credentials for "+reference.Domain(named))
		}
	}
	image, err := puller.Pull(ctx, named.String(), template.PullOptions{
		Platform: opts.Platform, Credential: credential, Progress: opts.Progress,
	})
	if err != nil {
		return template.Image{}, err
	}
	if !image.Platform.Matches(opts.Platform) {
		return template.Image{}, s.wrongPlatform(ctx, into, image, opts.Platform)
	}
	image.Format = template.Repository
	return image, nil
}

// wrongPlatform takes back an image that an engine pulled although it is not for
// the platform that was asked for, as it does for images of one platform.
func (s Source) wrongPlatform(
	ctx context.Context, into template.ImageStore, image template.Image, want template.Platform,
) error {
	if !image.Cached {
		if err := into.Remove(context.WithoutCancel(ctx), image.Reference); err != nil {
			return err
		}
	}
	return &dockerhv.Error{
		Op: "install", ID: s.Reference, Class: dockerhv.ErrNotFound,
		Err:  fmt.Errorf("the image is for %v, not %v", image.Platform, want),
		Next: "ask for a platform that the image has",
	}
}

func (s Source) fail(err error, next string) error {
	return &dockerhv.Error{Op: "install", ID: s.Reference, Err: err, Next: next}
}
