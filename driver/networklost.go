package driver

import (
	"fmt"

	"github.com/dockerhv/dockerhv"
)

// NetworkLostError is the cause of a dockerhv.ErrConflict: an instance can't be
// started, for the network that it shares is not there.
type NetworkLostError struct {
	// Holder is the ID of the instance whose network it is.
	Holder string
	// Reason says what is the matter with the holder.
	Reason string
}

// Error says whose network it is and why it is lost.
func (e *NetworkLostError) Error() string {
	return fmt.Sprintf("the network of the instance %s is lost: %s", e.Holder, e.Reason)
}

// Unwrap returns dockerhv.ErrConflict.
func (e *NetworkLostError) Unwrap() error { return dockerhv.ErrConflict }

// NetworkMissingError is the cause of a dockerhv.ErrConflict: an instance can't be
// started, for a network that it has a NIC on was removed from the host.
type NetworkMissingError struct {
	// Network is the network as NIC.Network names it, or else what the host calls it.
	Network string
}

// Error names the network.
func (e *NetworkMissingError) Error() string {
	return fmt.Sprintf("the network %s is not on the host any more", e.Network)
}

// Unwrap returns dockerhv.ErrConflict.
func (e *NetworkMissingError) Unwrap() error { return dockerhv.ErrConflict }
