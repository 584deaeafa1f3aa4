package discovery

import (
	"fmt"

	"github.com/dockerhv/dockerhv"
)

// Status is how the connection to a host is: CloudStack's com.cloud.host.Status,
// with its names. What the cloud wants to do with the host is its [ResourceState].
// The zero value is a host of which nothing is known yet.
type Status string

// The statuses.
const (
	StatusCreating     Status = "Creating"     // it is known, and was never heard
	StatusConnecting   Status = "Connecting"   // it has told of itself, and is not ready yet
	StatusUp           Status = "Up"           // it is heard, and may take instances
	StatusAlert        Status = "Alert"        // it is not heard any more, and nobody knows why
	StatusDown         Status = "Down"         // it was found to be down
	StatusDisconnected Status = "Disconnected" // it was disconnected in order
	StatusRemoved      Status = "Removed"      // it is no host of the cloud any more
	StatusError        Status = "Error"        // it could not be made a host
	StatusRebalancing  Status = "Rebalancing"  // it is handed to another manager
)

// StatusEvent is what happens to the connection to a host: CloudStack's
// Status.Event, with its names.
type StatusEvent string

// The events.
const (
	EventAgentConnected       StatusEvent = "AgentConnected"       // it has told of itself
	EventReady                StatusEvent = "Ready"                // it may take instances
	EventPing                 StatusEvent = "Ping"                 // it has told how it is
	EventPingTimeout          StatusEvent = "PingTimeout"          // it is behind with that
	EventAgentDisconnected    StatusEvent = "AgentDisconnected"    // the connection broke
	EventShutdownRequested    StatusEvent = "ShutdownRequested"    // the connection was ended in order
	EventHostDown             StatusEvent = "HostDown"             // an investigation found it to be down
	EventManagementServerDown StatusEvent = "ManagementServerDown" // its manager ends
	EventWaitedTooLong        StatusEvent = "WaitedTooLong"        // it did not come back by itself
	EventRemove               StatusEvent = "Remove"               // somebody took it out of the cloud
	EventStartAgentRebalance  StatusEvent = "StartAgentRebalance"  // it is handed to another manager
	EventRebalanceCompleted   StatusEvent = "RebalanceCompleted"   // that one has it
	EventRebalanceFailed      StatusEvent = "RebalanceFailed"      // nobody has it
	EventStatusError          StatusEvent = "Error"                // it could not be made a host
)

// statusTable is the state machine of com.cloud.host.Status.
var statusTable = map[Status]map[StatusEvent]Status{
	"": {
		EventAgentConnected: StatusConnecting,
	},
	StatusCreating: {
		EventAgentConnected: StatusConnecting, EventStatusError: StatusError,
	},
	StatusConnecting: {
		EventAgentConnected: StatusConnecting, EventReady: StatusUp, EventPing: StatusConnecting,
		EventPingTimeout: StatusAlert, EventAgentDisconnected: StatusAlert, EventShutdownRequested: StatusDisconnected,
		EventHostDown: StatusDown, EventManagementServerDown: StatusDisconnected,
	},
	StatusUp: {
		EventAgentConnected: StatusConnecting, EventPing: StatusUp,
		EventPingTimeout: StatusAlert, EventAgentDisconnected: StatusAlert, EventShutdownRequested: StatusDisconnected,
		EventHostDown: StatusDown, EventManagementServerDown: StatusDisconnected,
		EventStartAgentRebalance: StatusRebalancing, EventRemove: StatusRemoved,
	},
	StatusDisconnected: {
		EventAgentConnected: StatusConnecting, EventPing: StatusUp,
		EventPingTimeout: StatusAlert, EventAgentDisconnected: StatusDisconnected, EventShutdownRequested: StatusDisconnected,
		EventHostDown: StatusDown, EventManagementServerDown: StatusDisconnected,
		EventWaitedTooLong: StatusAlert, EventRemove: StatusRemoved,
	},
	StatusAlert: {
		EventAgentConnected: StatusConnecting, EventPing: StatusUp,
		EventAgentDisconnected: StatusAlert, EventShutdownRequested: StatusDisconnected,
		EventHostDown: StatusDown, EventManagementServerDown: StatusAlert, EventRemove: StatusRemoved,
	},
	StatusDown: {
		EventAgentConnected: StatusConnecting,
		EventPingTimeout:    StatusDown, EventAgentDisconnected: StatusDown,
		EventHostDown: StatusDown, EventManagementServerDown: StatusDown, EventRemove: StatusRemoved,
	},
	StatusRebalancing: {
		EventAgentConnected: StatusConnecting, EventAgentDisconnected: StatusRebalancing,
		EventManagementServerDown: StatusDisconnected,
		EventRebalanceCompleted:   StatusConnecting, EventRebalanceFailed: StatusDisconnected,
	},
	StatusError: {
		EventAgentConnected: StatusConnecting,
	},
}

// Next returns the status after an event. An event that the table has no place for is
// dockerhv.ErrConflict, and the status stays.
func (s Status) Next(e StatusEvent) (Status, error) {
	if next, ok := statusTable[s][e]; ok {
		return next, nil
	}
	return s, noWay("status", string(s), string(e))
}

// Heard tells whether what a host said of its instances counts: it is Connecting or
// Up. In every other status they are unknown, never off.
func (s Status) Heard() bool { return s == StatusConnecting || s == StatusUp }

// noWay is the error of a state machine that has no place for an event.
func noWay(machine, from, event string) error {
	return &dockerhv.Error{
		Op: "change " + machine, Class: dockerhv.ErrConflict,
		Err: fmt.Errorf("no %s of a host follows on %s by %s", machine, orNone(from), event),
	}
}

func orNone(state string) string {
	if state == "" {
		return "none"
	}
	return state
}
