package discovery

import (
	"context"

	"github.com/dockerhv/dockerhv/driver"
)

// AgentManager is what an orchestrator implements to learn of hosts: CloudStack's
// AgentManager, seen from the agent. A host is known by its endpoint's name. The
// manager's calls may block; a host is served by one call at a time.
type AgentManager interface {
	// Register tells of a host that answers and may take instances. The same
	// endpoint again replaces what was known of it. An error refuses the host.
	Register(ctx context.Context, r Registration) error
	// Ping tells how a registered host is. What a Ping does not come for, the
	// manager must treat as unknown, never as off.
	Ping(ctx context.Context, p Ping) error
	// Disconnect tells that a registered host no longer answers, or was withdrawn,
	// and why. Its instances are unknown from then on, never off.
	Disconnect(ctx context.Context, endpoint string, cause error) error
}

// Registration is a host's first report: CloudStack's StartupRoutingCommand.
type Registration struct {
	// Endpoint is how the host was reached.
	Endpoint driver.Endpoint
	// Host is its fingerprint.
	Host driver.Host
	// Driver runs the host's instances.
	Driver driver.Driver
	// Instances is all that the owner has on the host.
	Instances []driver.Instance
}

// Ping is a host's later report: CloudStack's PingRoutingCommand.
type Ping struct {
	// Endpoint names the registered host.
	Endpoint string
	// Power has the instances' power states by ID: all of them if Full, else those
	// that changed since the last Ping.
	Power map[string]Power
	// Full is true when an instance that Power lacks is not on the host.
	Full bool
}

// Power is CloudStack's PowerState of an instance.
type Power string

// The power states.
const (
	PowerOn      Power = "PowerOn"      // its command is alive, if paused
	PowerOff     Power = "PowerOff"     // it is at rest
	PowerUnknown Power = "PowerUnknown" // the host can't tell
)

// PowerOf returns the power state that an instance's state means.
func PowerOf(s driver.State) Power {
	switch {
	case s.Active():
		return PowerOn
	case s == driver.Unknown || s == "":
		return PowerUnknown
	}
	return PowerOff
}
