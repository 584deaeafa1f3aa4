package discovery

import "errors"

// The causes of a disconnection. The error that AgentManager.Disconnect gets matches
// one of them.
var (
	// ErrLost: the host does not answer, or the manager does not take its reports.
	ErrLost = errors.New("the host is lost")
	// ErrWithdrawn: the discoverer does not find the host any more, or finds it changed.
	ErrWithdrawn = errors.New("the host was withdrawn")
	// ErrShutdown: the agent ends. The host is well.
	ErrShutdown = errors.New("the agent ends")
)

// EventOf returns the event that a cause of a disconnection is for a host's [Status]:
// AgentDisconnected, unless it was disconnected in order.
func EventOf(cause error) StatusEvent {
	if errors.Is(cause, ErrWithdrawn) || errors.Is(cause, ErrShutdown) {
		return EventShutdownRequested
	}
	return EventAgentDisconnected
}
