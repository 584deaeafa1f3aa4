package dockerfile

import (
	"context"
	"errors"
	"path"
	"path/filepath"
	"strings"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/internal/buildkit"
	"github.com/dockerhv/dockerhv/template"
)

// Install builds the Dockerfile, and returns the image. Steps that BuildKit has in its
// cache are not run again, so that building the same again gives the same image. A
// Dockerfile that is wrong, or a step that fails, is a *template.BuildError, which tells
// the line. An image of another platform than asked for is dockerhv.ErrInvalid.
func (s Source) Install(ctx context.Context, into template.ImageStore, opts template.InstallOptions) (image template.Image, err error) {
	if err := s.validate(); err != nil {
		return template.Image{}, s.fail(nil, err, "")
	}
	store, err := storeOf(into, s.Builder != "")
	if err != nil {
		return template.Image{}, err
	}
	report(opts, template.Progress{Item: s.name(), Phase: template.Resolving})
	c, err := s.read(ctx, opts.Progress)
	if err != nil {
		return template.Image{}, err
	}
	defer func() { err = errors.Join(err, c.close()) }()
	image, err = s.build(ctx, store, c, opts)
	if err != nil {
		return template.Image{}, err
	}
	report(opts, template.Progress{Item: s.name(), Phase: template.Done})
	return image, nil
}

// store is a host's image store in all the roles that a build takes.
type store struct {
	template.ImageStore
	template.Tagger
	builder template.BuildDialer // nil for a BuildKit that stands alone
	loader  template.Loader      // for that one
}

func storeOf(into template.ImageStore, alone bool) (s store, err error) {
	s.ImageStore = into
	if s.Tagger, err = template.Role[template.Tagger](into); err != nil {
		return store{}, err
	}
	if alone {
		s.loader, err = template.Role[template.Loader](into)
	} else {
		s.builder, err = template.Role[template.BuildDialer](into)
	}
	return s, err
}

// build builds what was read and keeps the image.
func (s Source) build(
	ctx context.Context, into store, c content, opts template.InstallOptions,
) (_ template.Image, err error) {
	build, err := s.describe(c, opts)
	if err != nil {
		return template.Image{}, err
	}
	with := buildkit.Builder{Embedded: into.builder}
	var loaded *loaded
	if into.loader != nil {
		loaded = newLoaded(into)
		with = buildkit.Builder{Address: s.Builder, TLS: s.BuilderTLS, Load: loaded.load, Reference: loaded.reference}
		defer func() { err = errors.Join(err, loaded.forget(ctx)) }()
	} else if build.Host, err = template.BuildTraitsOf(ctx, into.ImageStore); err != nil {
		return template.Image{}, err
	}
	result, err := buildkit.Run(ctx, with, build)
	if err != nil {
		return template.Image{}, s.buildFailed(err)
	}
	if loaded != nil {
		return s.keep(ctx, into, loaded.reference, opts)
	}
	return s.keep(ctx, into, result.Digests[0], opts)
}

// describe says what to build.
func (s Source) describe(c content, opts template.InstallOptions) (buildkit.Build, error) {
	secrets, err := s.secrets()
	if err != nil {
		return buildkit.Build{}, err
	}
	hosts := make(map[string]string, len(s.Hosts))
	for name, address := range s.Hosts {
		hosts[name] = address.String()
	}
	return buildkit.Build{
		Name: s.file(), Dockerfile: c.text, Ignore: c.ignore, Dir: c.dir, FS: c.files, Key: c.key, Git: c.git,
		Args: s.Args, Labels: s.Labels, Hosts: hosts, Target: s.Target,
		Platform: opts.Platform, NoCache: s.NoCache, Network: s.Network,
		Secrets: secrets, SSH: s.SSH, CacheFrom: caches(s.CacheFrom), CacheTo: caches(s.CacheTo),
		Progress: s.named(opts.Progress), Log: s.Log,
	}, nil
}

func caches(all []Cache) []buildkit.Cache {
	var out []buildkit.Cache
	for _, c := range all {
		out = append(out, buildkit.Cache(c))
	}
	return out
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

// buildFailed puts the source's words around a build's error.
func (s Source) buildFailed(err error) error {
	if failed, ok := errors.AsType[*template.BuildError](err); ok {
		return s.fail(failed.Class, failed, next(failed))
	}
	if ours, ok := errors.AsType[*dockerhv.Error](err); ok && ours.Op != "" {
		complete := *ours
		if complete.ID == "" {
			complete.ID = s.name()
		}
		return &complete
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
		return "check that the engine runs, and can reach what the step names"
	case errors.Is(failed, errors.ErrUnsupported):
		return "build with the network none or host, or on a host that has a bridge"
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
	case s.Archive != "":
		return filepath.Base(s.Archive)
	case s.Git != "":
		return strings.TrimSuffix(path.Base(s.Git), ".git")
	}
	return s.file()
}

func report(opts template.InstallOptions, p template.Progress) {
	if opts.Progress != nil {
		opts.Progress(p)
	}
}

func (s Source) fail(class, err error, next string) error {
	return &dockerhv.Error{Op: "install", ID: s.name(), Class: class, Err: err, Next: next}
}
