package engine

import (
	"context"
	"net"

	"github.com/dockerhv/dockerhv/template"
)

// DialBuild opens one of the two streams of the engine's BuildKit.
func (s Images) DialBuild(ctx context.Context, path, proto string, meta map[string][]string) (net.Conn, error) {
	conn, err := s.hijack(ctx, path, proto, nil, meta)
	if err != nil {
		return nil, s.fail("reach BuildKit", "", err)
	}
	return conn, nil
}

// BuildTraits tells what decides which of BuildKit's features there are.
func (s Images) BuildTraits(ctx context.Context) (template.BuildTraits, error) {
	info, err := s.cli.Info(ctx)
	if err != nil {
		return template.BuildTraits{}, s.fail("describe host", "", err)
	}
	return template.BuildTraits{Engine: info.ServerVersion, Containerd: containerdStore(info)}, nil
}
