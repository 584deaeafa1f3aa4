package engine

import (
	"context"
	"errors"
	"strings"

	"github.com/docker/docker/api/types/checkpoint"
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

// Checkpoints tells whether the engine takes calls about checkpoints, which it does
// when it is experimental: it looks for one of a container that is not there, and is
// told of the container, or that there is no such page.
func (e *Engine) Checkpoints(ctx context.Context) (bool, error) {
	_, err := e.cli.CheckpointList(ctx, noContainer, checkpoint.ListOptions{})
	if err == nil {
		return true, nil // unreachable: there is no such container
	}
	said := err.Error()
	err = e.fail("look for checkpoints", "", err)
	switch {
	case strings.Contains(said, noContainer):
		return true, nil
	case errors.Is(err, dockerhv.ErrNotFound), errors.Is(err, errors.ErrUnsupported):
		return false, nil
	}
	return false, err
}

// noContainer is a name that no container has: it is too short to be an ID, and none of
// ours is named without a dot.
const noContainer = "dockerhv-no-such"
