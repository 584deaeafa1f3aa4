package engine

import (
	"context"

	"github.com/docker/docker/api/types/checkpoint"
	"github.com/docker/docker/api/types/container"
)

const (
	opSuspend = "suspend instance"
	opResume  = "resume instance"
)

// Suspend writes a container's processes to a checkpoint of that name, and ends them.
func (e *Engine) Suspend(ctx context.Context, hostID, name string) error {
	return e.done(opSuspend, hostID, e.cli.CheckpointCreate(ctx, hostID, checkpoint.CreateOptions{CheckpointID: name, Exit: true}))
}

// Resume starts a container from a checkpoint.
func (e *Engine) Resume(ctx context.Context, hostID, name string) error {
	return e.done(opResume, hostID, e.cli.ContainerStart(ctx, hostID, container.StartOptions{CheckpointID: name}))
}

// CheckpointNames lists the names of a container's checkpoints.
func (e *Engine) CheckpointNames(ctx context.Context, hostID string) ([]string, error) {
	all, err := e.cli.CheckpointList(ctx, hostID, checkpoint.ListOptions{})
	if err != nil {
		return nil, e.fail("list checkpoints of instance", hostID, err)
	}
	names := make([]string, 0, len(all))
	for _, c := range all {
		names = append(names, c.Name)
	}
	return names, nil
}

// DropCheckpoint removes a checkpoint. An absent one is success.
func (e *Engine) DropCheckpoint(ctx context.Context, hostID, name string) error {
	return e.done("drop checkpoint of instance", hostID, e.cli.CheckpointDelete(ctx, hostID, checkpoint.DeleteOptions{CheckpointID: name}))
}
