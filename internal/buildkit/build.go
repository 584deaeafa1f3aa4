// Package buildkit builds Dockerfiles with a host's BuildKit. It is the only
// importer of BuildKit's client, and speaks this module's words outward.
package buildkit

import (
	"context"
	"errors"
	"net"

	"github.com/moby/buildkit/client"
	"github.com/moby/buildkit/util/staticfs"
	"github.com/tonistiigi/fsutil"
	"github.com/tonistiigi/fsutil/types"
	"golang.org/x/sync/errgroup"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/template"
)

// Build is one build of a Dockerfile.
type Build struct {
	// Name is what errors and progress call it.
	Name string
	// Dockerfile is the text. Required.
	Dockerfile []byte
	// Dir is the folder of the build's context, sent as far as a step asks for it
	// and its .dockerignore allows; empty means an empty context.
	Dir string
	// Args are the build arguments, Labels are put on the image.
	Args, Labels map[string]string
	// Target is the stage to build; empty means the last.
	Target string
	// Platform is what to build for; zero means the host's own.
	Platform template.Platform
	// NoCache runs every step again.
	NoCache bool
	// Network is what RUN steps see: "none", or empty for the engine's default.
	Network string
	// Progress is called as steps begin and end; nil means silence.
	Progress func(template.Progress)
}

// filename is what the Dockerfile is called in the mount that it is sent in.
const filename = "Dockerfile"

// Run builds, and returns the digest by which the host's store knows the image,
// which has no reference yet. A Dockerfile that is wrong or a step that fails is
// a *template.BuildError.
func Run(ctx context.Context, host template.BuildDialer, build Build) (digest string, err error) {
	bk, err := connect(ctx, host)
	if err != nil {
		return "", err
	}
	defer bk.Close()
	opt, err := solveOpt(build)
	if err != nil {
		return "", err
	}
	watch := newWatch(build)
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
	if err := group.Wait(); err != nil {
		if ctx.Err() != nil {
			return "", ctx.Err() // BuildKit's own is no context error
		}
		return "", watch.explain(err)
	}
	digest = response.ExporterResponse["containerimage.digest"]
	if digest == "" {
		return "", errors.New("BuildKit named no image")
	}
	return digest, nil
}

// connect makes a client on the host's two streams.
func connect(ctx context.Context, host template.BuildDialer) (*client.Client, error) {
	bk, err := client.New(ctx, "",
		client.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) {
			return host.DialBuild(ctx, "/grpc", "h2c", nil)
		}),
		client.WithSessionDialer(func(ctx context.Context, proto string, meta map[string][]string) (net.Conn, error) {
			return host.DialBuild(ctx, "/session", proto, meta)
		}),
	)
	if err != nil {
		return nil, &dockerhv.Error{Op: "reach BuildKit", Class: dockerhv.ErrUnavailable, Err: err}
	}
	return bk, nil
}

func solveOpt(build Build) (client.SolveOpt, error) {
	var buildContext fsutil.FS = staticfs.NewFS()
	if build.Dir != "" {
		dir, err := fsutil.NewFS(build.Dir)
		if err != nil {
			return client.SolveOpt{}, err
		}
		buildContext = dir
	}
	dockerfile := staticfs.NewFS()
	dockerfile.Add(filename, &types.Stat{Mode: 0o644}, build.Dockerfile)
	return client.SolveOpt{
		Frontend:      "dockerfile.v0",
		FrontendAttrs: frontendAttrs(build),
		LocalMounts:   map[string]fsutil.FS{"context": buildContext, "dockerfile": dockerfile},
		Exports:       []client.ExportEntry{{Type: "moby", Attrs: map[string]string{}}},
	}, nil
}

func frontendAttrs(build Build) map[string]string {
	attrs := map[string]string{"filename": filename}
	if build.Target != "" {
		attrs["target"] = build.Target
	}
	if build.Platform != (template.Platform{}) {
		attrs["platform"] = build.Platform.String()
	}
	if build.NoCache {
		attrs["no-cache"] = ""
	}
	if build.Network != "" {
		attrs["force-network-mode"] = build.Network
	}
	for name, value := range build.Args {
		attrs["build-arg:"+name] = value
	}
	for name, value := range build.Labels {
		attrs["label:"+name] = value
	}
	return attrs
}
