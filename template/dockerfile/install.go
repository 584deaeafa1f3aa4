package dockerfile

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"
	"time"

	"github.com/distribution/reference"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/internal/buildkit"
	"github.com/dockerhv/dockerhv/template"
)

// cleanupTimeout bounds taking back an image after its install failed.
const cleanupTimeout = 30 * time.Second

// ownReference begins the name that an image gets where the source gives none. A
// name of the host "localhost" is never looked up in a registry.
const ownReference = "localhost/dockerhv:dockerfile-"

// digestDigits is how much of a digest such a name holds.
const digestDigits = 32

// Install builds the Dockerfile on the store's host, and returns the image. Steps
// that the host has in its cache are not run again, so that building the same
// again gives the same image. A Dockerfile that is wrong, or a step that fails, is
// a *template.BuildError, which tells the line.
func (s Source) Install(ctx context.Context, into template.ImageStore, opts template.InstallOptions) (template.Image, error) {
	if err := s.validate(); err != nil {
		return template.Image{}, s.fail(nil, err, "")
	}
	builder, err := template.Role[template.BuildDialer](into)
	if err != nil {
		return template.Image{}, err
	}
	tagger, err := template.Role[template.Tagger](into)
	if err != nil {
		return template.Image{}, err
	}
	report(opts, template.Progress{Item: s.name(), Phase: template.Resolving})
	text, err := s.read(ctx)
	if err != nil {
		return template.Image{}, err
	}
	digest, err := buildkit.Run(ctx, builder, s.build(text, opts))
	if err != nil {
		return template.Image{}, s.buildFailed(err)
	}
	image, err := s.keep(ctx, into, tagger, digest)
	if err != nil {
		return template.Image{}, err
	}
	report(opts, template.Progress{Item: s.name(), Phase: template.Done})
	return image, nil
}

func (s Source) build(text []byte, opts template.InstallOptions) buildkit.Build {
	return buildkit.Build{
		Name: s.file(), Dockerfile: text, Dir: s.Dir,
		Args: s.Args, Labels: s.Labels, Target: s.Target,
		Platform: opts.Platform, NoCache: s.NoCache, Network: s.Network,
		Progress: s.named(opts.Progress),
	}
}

// named gives the build's progress the template's name.
func (s Source) named(progress func(template.Progress)) func(template.Progress) {
	if progress == nil {
		return nil
	}
	return func(p template.Progress) {
		p.Item = s.name()
		progress(p)
	}
}

// keep gives the built image its reference, without which the host would take it
// for rubbish. BuildKit's word is not enough: the store must have it.
func (s Source) keep(ctx context.Context, into template.ImageStore, tagger template.Tagger, digest string) (template.Image, error) {
	built, err := into.Image(ctx, digest)
	if err != nil {
		return template.Image{}, err
	}
	ref := s.Tag
	if ref == "" {
		_, hex, _ := strings.Cut(built.ID, ":")
		ref = ownReference + hex[:digestDigits]
	}
	old, err := into.Image(ctx, ref)
	if err != nil && !errors.Is(err, dockerhv.ErrNotFound) {
		return template.Image{}, err
	}
	cached := err == nil && old.ID == built.ID
	if !cached {
		if err := tagger.Tag(ctx, built.ID, ref); err != nil {
			return template.Image{}, errors.Join(err, discard(ctx, into, built.ID))
		}
	}
	built.Reference, built.Format, built.Cached = ref, template.Dockerfile, cached
	return built, nil
}

// discard takes back an image that has no reference, also when the caller has
// given up.
func discard(ctx context.Context, from template.ImageStore, id string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanupTimeout)
	defer cancel()
	return from.Remove(ctx, id)
}

// buildFailed puts the source's words around a build's error.
func (s Source) buildFailed(err error) error {
	if failed, ok := errors.AsType[*template.BuildError](err); ok {
		return s.fail(failed.Class, failed, next(failed))
	}
	return s.fail(nil, err, "")
}

func next(failed *template.BuildError) string {
	switch {
	case errors.Is(failed, dockerhv.ErrInvalid):
		return "correct the Dockerfile"
	case errors.Is(failed, dockerhv.ErrNotFound):
		return "check the image or file that the step names"
	case errors.Is(failed, dockerhv.ErrUnavailable):
		return "check that the engine can reach the registry"
	}
	return "correct the step and install again"
}

// name is what progress calls the template: its URL's or folder's last part.
func (s Source) name() string {
	switch {
	case s.URL != "":
		location, _, _ := strings.Cut(s.URL, "?") // a query may hold a token
		return path.Base(location)
	case s.Dir != "":
		return path.Join(s.Dir, s.File)
	}
	return defaultFile
}

func (s Source) validateTag() error {
	if s.Tag == "" {
		return nil
	}
	if _, err := reference.ParseNormalizedNamed(s.Tag); err != nil {
		return &dockerhv.FieldError{Field: "tag", Reason: fmt.Sprintf("%q is refused: %v", s.Tag, err)}
	}
	return nil
}

func report(opts template.InstallOptions, p template.Progress) {
	if opts.Progress != nil {
		opts.Progress(p)
	}
}

func (s Source) fail(class, err error, next string) error {
	return &dockerhv.Error{Op: "install", ID: s.name(), Class: class, Err: err, Next: next}
}
