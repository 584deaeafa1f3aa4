package engine

import (
	"context"
	"net"
)

// DialBuild opens one of the two streams of the engine's BuildKit.
func (s Images) DialBuild(ctx context.Context, path, proto string, meta map[string][]string) (net.Conn, error) {
	conn, err := s.hijack(ctx, path, proto, nil, meta)
	if err != nil {
		return nil, s.fail("reach BuildKit", "", err)
	}
	return conn, nil
}
