package engine

import (
	"context"
	"errors"
	"net/netip"
	"strconv"
	"time"

	"github.com/docker/docker/api/types/container"

	"github.com/dockerhv/dockerhv/driver"
)

// Inspect returns the instance of a container's ID or name. It may be anybody's:
// look at its Owner.
func (e *Engine) Inspect(ctx context.Context, hostID string) (driver.Instance, error) {
	c, err := e.inspect(ctx, hostID)
	if err != nil {
		return driver.Instance{}, err
	}
	return readInspect(c), nil
}

// inspect returns an answer that has all the parts that are read.
func (e *Engine) inspect(ctx context.Context, hostID string) (container.InspectResponse, error) {
	const op = "inspect instance"
	c, err := e.cli.ContainerInspect(ctx, hostID)
	if err != nil {
		return c, e.fail(op, hostID, err)
	}
	if c.ContainerJSONBase == nil || c.State == nil || c.HostConfig == nil || c.Config == nil {
		return c, e.fail(op, hostID, errIncomplete)
	}
	return c, nil
}

var errIncomplete = errors.New("the engine's answer is incomplete")

// Fields returns an instance, the hashes of the fields of the spec that it was
// created from, and its NICs as they were asked for.
func (e *Engine) Fields(ctx context.Context, hostID string) (driver.Instance, map[string]string, []NIC, error) {
	c, err := e.inspect(ctx, hostID)
	if err != nil {
		return driver.Instance{}, nil, nil, err
	}
	i := readInspect(c)
	var nics []NIC
	if c.NetworkSettings != nil {
		nics = askedNICs(c.NetworkSettings.Networks, i.Owner)
	}
	return i, decodeFields(c.Config.Labels[labelSpecFields]), nics, nil
}

// Sharer returns an instance that has another container's network, and that one's ID.
func (e *Engine) Sharer(ctx context.Context, hostID string) (i driver.Instance, holder string, err error) {
	c, err := e.inspect(ctx, hostID)
	if err != nil {
		return driver.Instance{}, "", err
	}
	return readInspect(c), c.HostConfig.NetworkMode.ConnectedContainer(), nil
}

func readInspect(c container.InspectResponse) driver.Instance {
	i := driver.Instance{
		HostID:    c.ID,
		Image:     c.Image,
		Created:   parseTime(c.Created),
		Resources: readResources(c.HostConfig),
		Restart:   readRestart(c.HostConfig.RestartPolicy),
		Restarts:  c.RestartCount,
	}
	readLabels(&i, c.Config.Labels)
	readState(&i, c.State)
	if role, _ := readRole(c.Name); role == Retired && i.State != driver.Removing && i.State != driver.Dead {
		i.State = driver.Retired
	}
	if c.NetworkSettings != nil {
		i.NICs = readNICs(c.NetworkSettings.Networks, i.Owner)
		i.Ports = readPortMap(c.NetworkSettings.Ports)
	}
	i.Incomplete = incomplete(i, c.Config.Labels)
	return i
}

func readResources(c *container.HostConfig) driver.Resources {
	r := driver.Resources{
		CPUs:              float64(c.NanoCPUs) / 1e9,
		CPUShares:         c.CPUShares,
		CPUSet:            c.CpusetCpus,
		Memory:            c.Memory,
		MemoryReservation: c.MemoryReservation,
		MemoryNodes:       c.CpusetMems,
		Swap:              readSwap(c.Resources),
		OOMScore:          c.OomScoreAdj,
		NoOOMKill:         c.OomKillDisable != nil && *c.OomKillDisable,
		SharedMemory:      c.ShmSize,
	}
	r.Disk, _ = strconv.ParseInt(c.StorageOpt[storageSize], 10, 64) // 0 if there is none
	if c.ShmSize == defaultShm {
		r.SharedMemory = 0 // nobody asked for it
	}
	if c.PidsLimit != nil && *c.PidsLimit > 0 {
		r.PIDs = *c.PidsLimit
	}
	return r
}

// readSwap tells the swap beyond memory; none is told as 0, which it is by default.
func readSwap(r container.Resources) int64 {
	switch {
	case r.MemorySwap < 0:
		return driver.Unlimited
	case r.Memory == 0 || r.MemorySwap == 0:
		return 0
	}
	return r.MemorySwap - r.Memory
}

// defaultShm is what an engine gives where it is told no size.
const defaultShm = 64 << 20

func readState(i *driver.Instance, s *container.State) {
	i.State = state(s.Status)
	i.Started = parseTime(s.StartedAt)
	if i.State.Active() {
		i.Health = readHealth(i.State, s.Health)
		return
	}
	i.Finished = parseTime(s.FinishedAt)
	if !i.Finished.IsZero() || s.Error != "" {
		i.Exit = &driver.Exit{
			Code: s.ExitCode, Signal: driver.SignalOf(s.ExitCode), OOM: s.OOMKilled, Error: s.Error, Time: i.Finished,
		}
	}
}

func readRestart(p container.RestartPolicy) driver.Restart {
	if p.IsNone() {
		return driver.Restart{}
	}
	return driver.Restart{Policy: driver.RestartPolicy(p.Name), MaxRetries: p.MaximumRetryCount}
}

// state translates the engine's word.
func state(status container.ContainerState) driver.State {
	switch status {
	case container.StateCreated:
		return driver.Created
	case container.StateRunning:
		return driver.Running
	case container.StatePaused:
		return driver.Paused
	case container.StateRestarting:
		return driver.Restarting
	case container.StateExited:
		return driver.Exited
	case container.StateRemoving:
		return driver.Removing
	case container.StateDead:
		return driver.Dead
	}
	return driver.Unknown
}

// parseAddr reads an address that may be empty.
func parseAddr(s string) netip.Addr {
	addr, _ := netip.ParseAddr(s)
	return addr
}

// parseTime reads a time of the engine, whose "never" is the year 1.
func parseTime(s string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil || t.Year() <= 1 {
		return time.Time{}
	}
	return t.UTC()
}
