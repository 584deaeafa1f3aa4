package engine

import (
	"context"
	"errors"

	"github.com/docker/docker/api/types/container"

	"github.com/dockerhv/dockerhv"
)

// Ping asks the engine whether it is there.
func (e *Engine) Ping(ctx context.Context) error {
	if _, err := e.cli.Ping(ctx); err != nil {
		return e.fail("ping host", "", err)
	}
	return nil
}

// noImage is an ID that no image has.
const noImage = "sha256:0000000000000000000000000000000000000000000000000000000000000000"

// TryCreate goes the way of a create as far as it goes without an image, which leaves
// nothing on the host.
func (e *Engine) TryCreate(ctx context.Context) error {
	_, err := e.cli.ContainerCreate(ctx, &container.Config{Image: noImage}, nil, nil, nil, "")
	if err == nil {
		return nil // unreachable: there is no such image
	}
	if err = e.fail("try to create", "", err); errors.Is(err, dockerhv.ErrNotFound) {
		return nil
	}
	return err
}
