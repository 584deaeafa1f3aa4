// Package buildkit builds Dockerfiles with a host's BuildKit, or with one that
// stands alone. It is the only importer of BuildKit's client, and speaks this
// module's words outward.
package buildkit

import (
	"context"
	"errors"
	"io"
	"io/fs"

	"github.com/moby/buildkit/client"
	"golang.org/x/sync/errgroup"

	"github.com/dockerhv/dockerhv/template"
)

// Build is one build of a Dockerfile.
type Build struct {
	// Name is what errors call the Dockerfile.
	Name string
	// Dockerfile is the text. Required, unless it is in Git.
	Dockerfile []byte
	// Ignore is what a file beside the Dockerfile says to leave out of the context, in
	// place of the context's own .dockerignore; nil where there is no such file.
	Ignore []byte
	// Dir and FS are the build's context, sent as far as a step asks for it and its
	// .dockerignore allows; neither means an empty context.
	Dir string
	FS  fs.FS
	// Key tells where the context is from. What the host has from an earlier build with
	// the same key is not sent again where size and time are the same: so it must not be
	// that of something else.
	Key string
	// Git is a repository that BuildKit fetches for context and Dockerfile, which is
	// then at Name; zero means none.
	Git Git
	// Args are the build arguments, Labels are put on the image.
	Args, Labels map[string]string
	// Hosts are addresses by name, for RUN steps.
	Hosts map[string]string
	// Target is the stage to build; empty means the last.
	Target string
	// Platform is what to build for; zero means the host's own.
	Platform template.Platform
	// NoCache runs every step again.
	NoCache bool
	// Network is what RUN steps see: "none", "host", or empty for the engine's default.
	Network string
	// Secrets are what a RUN step can mount, by ID.
	Secrets map[string][]byte
	// SSH are what a RUN step can use to log in, by ID: the path of one agent's socket,
	// or those of keys.
	SSH map[string][]string
	// CacheFrom and CacheTo are where else results of steps are found and put.
	CacheFrom, CacheTo []Cache
	// Host is what the store's host builds with.
	Host template.BuildTraits
	// Progress is called as steps begin and end; nil means silence.
	Progress func(template.Progress)
	// Log is written all that BuildKit tells, in lines; nil means nowhere.
	Log io.Writer
}

// Git is a commit of a repository.
type Git struct {
	URL, Commit string
	// Subdir is the folder that is the context; empty means the root.
	Subdir string
}

// Cache is where results of steps are kept: just one of a registry, a folder and the
// image itself.
type Cache struct {
	Registry string
	Dir      string
	Inline   bool
	// All keeps the results of all steps, not of those alone that the image is made of.
	All bool
}

// Result is what a build made.
type Result struct {
	// Digests are what the store may know the image by, the likeliest first.
	Digests []string
}

// Run builds in a BuildKit, whose image goes into the host's store, where it has no
// reference of its own choice yet. A Dockerfile that is wrong or a step that fails
// is a *template.BuildError, and what can be found out without building is said
// before anything is built.
func Run(ctx context.Context, in Builder, build Build) (Result, error) {
	ctx = quiet(ctx)
	if err := check(build, in); err != nil {
		return Result{}, err
	}
	opt, err := solveOpt(build)
	if err != nil {
		return Result{}, err
	}
	out, err := in.export(ctx, &opt)
	if err != nil {
		return Result{}, err
	}
	defer out.abandon()
	bk, err := in.connect(ctx)
	if err != nil {
		return Result{}, err
	}
	defer bk.Close()
	response, err := solve(ctx, bk, opt, newWatch(build), out)
	if err != nil {
		return Result{}, err
	}
	return resultOf(response)
}

// solve builds, and follows it to its end.
func solve(ctx context.Context, bk *connection, opt client.SolveOpt, watch *watch, out *output) (*client.SolveResponse, error) {
	statuses := make(chan *client.SolveStatus)
	var response *client.SolveResponse
	var group errgroup.Group
	group.Go(func() (err error) {
		response, err = bk.Solve(ctx, nil, opt, statuses)
		return err
	})
	// A consumer that stops stalls the build, so that all is read, also after an error.
	for status := range statuses {
		watch.status(status)
	}
	err := group.Wait()
	switch {
	case err == nil:
		return response, nil
	case ctx.Err() != nil:
		return nil, context.Cause(ctx) // BuildKit's own is no context error
	case out.failure() != nil:
		return nil, out.failure()
	case bk.failure() != nil:
		return nil, bk.failure()
	}
	return nil, watch.explain(err)
}

func resultOf(response *client.SolveResponse) (Result, error) {
	var result Result
	for _, key := range []string{"containerimage.digest", "containerimage.config.digest"} {
		if digest := response.ExporterResponse[key]; digest != "" {
			result.Digests = append(result.Digests, digest)
		}
	}
	if len(result.Digests) == 0 {
		return Result{}, errors.New("BuildKit named no image")
	}
	return result, nil
}
