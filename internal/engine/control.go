package engine

import (
	"context"
	"math"

	"github.com/docker/docker/api/types/container"

	"github.com/dockerhv/dockerhv/driver"
)

// Pause freezes a container.
func (e *Engine) Pause(ctx context.Context, hostID string) error {
	return e.done(opPause, hostID, e.cli.ContainerPause(ctx, hostID))
}

// Unpause lets a container go on.
func (e *Engine) Unpause(ctx context.Context, hostID string) error {
	return e.done(opUnpause, hostID, e.cli.ContainerUnpause(ctx, hostID))
}

// Signal signals a container's command.
func (e *Engine) Signal(ctx context.Context, hostID, signal string) error {
	return e.done("signal instance", hostID, e.cli.ContainerKill(ctx, hostID, signal))
}

// Resize changes a container's bounds; a zero one stays.
func (e *Engine) Resize(ctx context.Context, hostID string, r driver.Resources, host driver.Host) error {
	update := container.UpdateConfig{Resources: container.Resources{
		NanoCPUs: nanoCPUs(r), CPUShares: r.CPUShares, CpusetCpus: r.CPUSet, CpusetMems: r.MemoryNodes,
		Memory: r.Memory, MemoryReservation: r.MemoryReservation,
	}}
	if host.LimitsSwap && r.Memory > 0 && r.Swap == 0 {
		// The engine knows memory and swap together alone: what adds to the memory stays.
		i, err := e.Inspect(ctx, hostID)
		if err != nil {
			return err
		}
		r.Swap = i.Resources.Swap
	}
	update.MemorySwap = memorySwap(r, host)
	if r.PIDs != 0 {
		update.PidsLimit = new(r.PIDs)
	}
	_, err := e.cli.ContainerUpdate(ctx, hostID, update)
	return e.done(opResize, hostID, err)
}

// SetRestart changes when the engine starts a container again by itself.
func (e *Engine) SetRestart(ctx context.Context, hostID string, r driver.Restart) error {
	policy := restartPolicy(r)
	if policy.Name == "" {
		policy.Name = container.RestartPolicyDisabled // an empty one would leave it as it is
	}
	_, err := e.cli.ContainerUpdate(ctx, hostID, container.UpdateConfig{RestartPolicy: policy})
	return e.done("set restart policy of instance", hostID, err)
}

func restartPolicy(r driver.Restart) container.RestartPolicy {
	return container.RestartPolicy{Name: container.RestartPolicyMode(r.Policy), MaximumRetryCount: r.MaxRetries}
}

// nanoCPUs is the engine's unit of CPU time.
func nanoCPUs(r driver.Resources) int64 { return int64(math.Round(r.CPUs * 1e9)) }
