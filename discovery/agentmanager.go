package discovery

import (
	"context"

	"github.com/dockerhv/dockerhv/driver"
)

// AgentManager is what an orchestrator implements to learn of hosts: CloudStack's
// AgentManager, seen from the agent. Package fleet has one to begin with.
//
// A host is known by its endpoint's name. One host's calls come one after the other,
// in the order Register, Ready, Ping ..., Disconnect, and then Register again; those
// of different hosts come at once. They may block, which delays that host alone.
type AgentManager interface {
	// Register tells of a host that answers. The same endpoint again replaces what was
	// known of it. An error refuses the host, which is tried again later.
	Register(ctx context.Context, r Registration) error
	// Ready tells that a registered host is being watched and may take instances.
	Ready(ctx context.Context, endpoint string) error
	// Ping tells how a ready host is. What no Ping comes for, the manager must treat as
	// unknown, never as off. An error, such as that of a manager that has forgotten the
	// host, makes the agent disconnect it and register it anew.
	Ping(ctx context.Context, p Ping) error
	// Disconnect tells that a registered host is not heard from now on, and why: the
	// cause matches [ErrLost], [ErrWithdrawn] or [ErrShutdown]. Its instances are
	// unknown from then on, never off. When it returns, the host's driver is closed.
	Disconnect(ctx context.Context, endpoint string, cause error) error
}

// Registration is a host's first report: CloudStack's StartupRoutingCommand.
type Registration struct {
	// Endpoint is how the host was reached. Its String is the name of the host.
	Endpoint driver.Endpoint
	// Host is its fingerprint: capacity, versions, features and labels.
	Host driver.Host
	// Driver runs the host's instances, until Disconnect has returned.
	Driver driver.Driver
	// Instances is all that the owner has on the host, as List tells it.
	Instances []driver.Instance
}

// Ping is a host's later report: CloudStack's PingRoutingCommand.
type Ping struct {
	// Endpoint names the registered host.
	Endpoint string
	// Host is its fingerprint as it is now; nil in a Ping that comes between two of the
	// interval, to tell of power states alone.
	Host *driver.Host
	// Health is how it is, and why; nil in a Ping that has no Host, and of an agent that
	// does not ask for it.
	Health *driver.Health
	// Power has the instances' power states by ID: all of them if Full, else those
	// that changed since the last Ping.
	Power map[string]Power
	// Full is true when an instance that Power lacks is not on the host.
	Full bool
}
