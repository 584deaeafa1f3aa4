package engine

import (
	"context"

	"github.com/docker/docker/api/types/container"
)

// Start runs a container. One that runs already is success.
func (e *Engine) Start(ctx context.Context, hostID string) error {
	return networkMissing(e.done(opStart, hostID, e.cli.ContainerStart(ctx, hostID, container.StartOptions{})))
}

// Stop ends a container's command, and kills it after some seconds; nil means
// the container's own. One that is at rest is success.
func (e *Engine) Stop(ctx context.Context, hostID string, seconds *int) error {
	return e.done("stop instance", hostID, e.cli.ContainerStop(ctx, hostID, container.StopOptions{Timeout: seconds}))
}

// Restart stops and starts a container. What can fail of it is told as for Start.
func (e *Engine) Restart(ctx context.Context, hostID string, seconds *int) error {
	return networkMissing(e.done(opStart, hostID, e.cli.ContainerRestart(ctx, hostID, container.StopOptions{Timeout: seconds})))
}

// Remove removes a container with its anonymous volumes. With force, one that
// runs is killed; without, it is dockerhv.ErrConflict.
func (e *Engine) Remove(ctx context.Context, hostID string, force bool) error {
	options := container.RemoveOptions{Force: force, RemoveVolumes: true}
	return e.done("destroy instance", hostID, e.cli.ContainerRemove(ctx, hostID, options))
}

func (e *Engine) done(op, hostID string, err error) error {
	if err != nil {
		return e.fail(op, hostID, err)
	}
	return nil
}
