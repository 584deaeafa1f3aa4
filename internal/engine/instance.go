package engine

import (
	"cmp"
	"context"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/network"
	"github.com/docker/go-connections/nat"

	"github.com/dockerhv/dockerhv/driver"
)

// Inspect returns the instance of a container's ID or name. It may be anybody's:
// look at its Owner.
func (e *Engine) Inspect(ctx context.Context, hostID string) (driver.Instance, error) {
	c, err := e.cli.ContainerInspect(ctx, hostID)
	if err != nil {
		return driver.Instance{}, e.fail("inspect instance", hostID, err)
	}
	return readInspect(c), nil
}

// Fields returns an instance and the hashes of the fields of the spec that it was
// created from.
func (e *Engine) Fields(ctx context.Context, hostID string) (driver.Instance, map[string]string, error) {
	c, err := e.cli.ContainerInspect(ctx, hostID)
	if err != nil {
		return driver.Instance{}, nil, e.fail("inspect instance", hostID, err)
	}
	return readInspect(c), decodeFields(c.Config.Labels[labelSpecFields]), nil
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
	if c.NetworkSettings != nil {
		i.NICs = readNICs(c.NetworkSettings.Networks)
		i.Ports = readPortMap(c.NetworkSettings.Ports)
	}
	return i
}

func readResources(c *container.HostConfig) driver.Resources {
	r := driver.Resources{
		CPUs:              float64(c.NanoCPUs) / 1e9,
		CPUShares:         c.CPUShares,
		CPUSet:            c.CpusetCpus,
		Memory:            c.Memory,
		MemoryReservation: c.MemoryReservation,
		SharedMemory:      c.ShmSize,
	}
	if c.ShmSize == defaultShm {
		r.SharedMemory = 0 // nobody asked for it
	}
	if c.PidsLimit != nil && *c.PidsLimit > 0 {
		r.PIDs = *c.PidsLimit
	}
	return r
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

func readNICs(networks map[string]*network.EndpointSettings) []driver.NIC {
	var nics []driver.NIC
	for _, name := range slices.Sorted(maps.Keys(networks)) {
		settings := networks[name]
		if settings == nil {
			continue
		}
		nics = append(nics, driver.NIC{
			Network: name,
			MAC:     settings.MacAddress,
			IPv4:    parseAddr(settings.IPAddress),
			IPv6:    parseAddr(settings.GlobalIPv6Address),
		})
	}
	return nics
}

func readPortMap(bound nat.PortMap) []driver.Port {
	var ports []driver.Port
	for port, bindings := range bound {
		for _, binding := range bindings {
			hostPort, _ := strconv.ParseUint(binding.HostPort, 10, 16)
			ports = append(ports, driver.Port{
				HostIP:   parseAddr(binding.HostIP),
				HostPort: uint16(hostPort),
				Port:     uint16(port.Int()),
				Protocol: driver.Protocol(port.Proto()),
			})
		}
	}
	return sortPorts(ports)
}

// sortPorts gives one order to what the engine keeps in a map.
func sortPorts(ports []driver.Port) []driver.Port {
	slices.SortFunc(ports, func(a, b driver.Port) int {
		return cmp.Or(
			cmp.Compare(a.Port, b.Port), cmp.Compare(a.Protocol, b.Protocol),
			a.HostIP.Compare(b.HostIP), cmp.Compare(a.HostPort, b.HostPort),
		)
	})
	return ports
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
