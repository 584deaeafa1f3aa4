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
	"time"

	"github.com/distribution/reference"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/template"
)

// Source is a Repository image. It implements template.TemplateSource.
type Source struct {
	// Reference names the image. Required.
	Reference string
	// Policy says when the registry is asked; empty means Missing.
	Policy Policy
	// Credentials returns what to show to a registry, such as "docker.io" or
	// "registry:5000"; nil means anonymous. [DockerConfig] makes one. It is asked once more
	// if the registry refuses what it returned, for what is valid for a while only.
	Credentials func(ctx context.Context, registry string) (template.Credential, error)
	// Stall gives up when a download has brought nothing for so long; 0 means
	// template.DefaultStall, negative never does.
	Stall time.Duration
	// Admit is asked before the image is downloaded, or taken as the host has it, as
	// template.PullOptions says; nil admits all. An installation with it is shared with
	// no other.
	Admit func(ctx context.Context, c template.Candidate) error
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
// be reached dockerhv.ErrUnavailable, one that refuses dockerhv.ErrDenied;
// *template.PullError tells more. Those who install the same at the same time, with the
// same credential, share one pull.
func (s Source) Install(ctx context.Context, into template.ImageStore, opts template.InstallOptions) (template.Image, error) {
	named, err := s.parse()
	if err != nil {
		return template.Image{}, s.fail(err, "")
	}
	if s.Policy.takesPresent() {
		image, err := s.present(ctx, into, named, opts)
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
	if err := s.Policy.validate(); err != nil {
		return nil, err
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
func (s Source) present(ctx context.Context, in template.ImageStore, named reference.Named, opts template.InstallOptions) (template.Image, error) {
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
	err = template.PullOptions{Admit: s.Admit}.Ask(ctx, template.Candidate{
		Registry: reference.Domain(named), Repository: reference.Path(named), Digest: image.Digest, Platform: image.Platform,
	})
	if err != nil {
		return template.Image{}, err
	}
	image.Format, image.Cached = template.Repository, true
	if opts.Progress != nil {
		opts.Progress(template.Progress{Item: reference.FamiliarString(named), Phase: template.Done})
	}
	return image, nil
}

func (s Source) fail(err error, next string) error {
	return &dockerhv.Error{Op: "install", ID: s.Reference, Err: err, Next: next}
}
