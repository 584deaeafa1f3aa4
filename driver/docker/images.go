package docker

import (
	"context"
	"io"
	"net"
	"sync"

	"github.com/dockerhv/dockerhv/internal/engine"
	"github.com/dockerhv/dockerhv/template"
)

// images is the engine's image store, each call of which is told of.
type images struct {
	engine.Images
	driver *Driver
}

var (
	_ template.ImageStore     = images{}
	_ template.Puller         = images{}
	_ template.Loader         = images{}
	_ template.Exporter       = images{}
	_ template.Tagger         = images{}
	_ template.BuildDialer    = images{}
	_ template.BuildDescriber = images{}
	_ template.Describer      = images{}
	_ template.Sharer         = images{}
	_ template.Lister         = images{}
	_ template.Measurer       = images{}
)

func (s images) Image(ctx context.Context, ref string) (_ template.Image, err error) {
	ctx, end := s.driver.read(ctx, "inspect image", ref)
	defer end(&err)
	return s.Images.Image(ctx, ref)
}

func (s images) Traits(ctx context.Context) (_ template.Traits, err error) {
	ctx, end := s.driver.read(ctx, "describe image store", "")
	defer end(&err)
	return s.Images.Traits(ctx)
}

func (s images) Pull(ctx context.Context, ref string, opts template.PullOptions) (_ template.Image, err error) {
	ctx, end := s.driver.change(ctx, "pull image", ref)
	defer end(&err)
	return s.Images.Pull(ctx, ref, opts)
}

func (s images) Load(ctx context.Context, archive io.Reader) (err error) {
	ctx, end := s.driver.change(ctx, "load image", "")
	defer end(&err)
	return s.Images.Load(ctx, archive)
}

// Export begins a call that ends when what it returns is closed.
func (s images) Export(ctx context.Context, ref string) (io.ReadCloser, error) {
	ctx, end := s.driver.read(ctx, "export image", ref)
	archive, err := s.Images.Export(ctx, ref)
	if err != nil {
		end(&err)
		return nil, err
	}
	var failed error
	return &archiveReader{
		ReadCloser: archive,
		fail: func(err error) error {
			failed = givenUp(ctx, err)
			return failed
		},
		end: sync.OnceFunc(func() { end(&failed) }),
	}, nil
}

func (s images) Tag(ctx context.Context, id, ref string) (err error) {
	ctx, end := s.driver.change(ctx, "tag image", ref)
	defer end(&err)
	return s.Images.Tag(ctx, id, ref)
}

func (s images) Remove(ctx context.Context, ref string) (err error) {
	ctx, end := s.driver.change(ctx, "remove image", ref)
	defer end(&err)
	return s.Images.Remove(ctx, ref)
}

func (s images) DialBuild(ctx context.Context, path, proto string, meta map[string][]string) (_ net.Conn, err error) {
	ctx, end := s.driver.change(ctx, "build image", "")
	defer end(&err)
	return s.Images.DialBuild(ctx, path, proto, meta)
}

func (s images) BuildTraits(ctx context.Context) (_ template.BuildTraits, err error) {
	ctx, end := s.driver.read(ctx, "describe image store", "")
	defer end(&err)
	return s.Images.BuildTraits(ctx)
}

func (s images) Stored(ctx context.Context) (_ []template.Stored, err error) {
	ctx, end := s.driver.read(ctx, "list images", "")
	defer end(&err)
	return s.Images.Stored(ctx)
}

func (s images) Used(ctx context.Context) (_ int64, err error) {
	ctx, end := s.driver.read(ctx, "measure images", "")
	defer end(&err)
	return s.Images.Used(ctx)
}
