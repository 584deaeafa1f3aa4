package driver

import (
	"net/netip"
	"time"
)

// State is what an instance is doing.
type State string

// The states.
const (
	Created    State = "created"    // exists and was never started
	Running    State = "running"    // its command runs
	Paused     State = "paused"     // its command is frozen
	Restarting State = "restarting" // its command ended and is being started again
	Exited     State = "exited"     // its command has ended
	Removing   State = "removing"   // it is being destroyed
	Dead       State = "dead"       // the host failed to destroy it; Destroy again
	Retired    State = "retired"    // it was set aside by Retire; List tells of it only if asked for this state
	Unknown    State = "unknown"    // the host says something that this driver doesn't know
)

// Active tells whether an instance in this state has a command that is alive,
// which is what a cloud calls powered on.
func (s State) Active() bool { return s == Running || s == Paused || s == Restarting }

// Instance is what a driver reports about an instance. It is plain data, the
// caller's to keep. List leaves Resources, Restart, Exit, Suspended, Restarts, Started
// and Finished unset, of Health all but the status, and of NICs what is no address,
// for one request for all instances does not tell them; Inspect sets them all.
type Instance struct {
	// ID, Name and Template are the spec's. Labels are the spec's and the image's.
	ID       string            `json:"id"`
	Name     string            `json:"name,omitempty"`
	Template Template          `json:"template,omitzero"`
	Labels   map[string]string `json:"labels,omitempty"`
	// Owner is whose instance it is.
	Owner string `json:"owner"`
	// SpecHash is the hash of the spec that it was created from.
	SpecHash string `json:"specHash"`
	// HostID is what the host calls it: for a Docker host the container's ID.
	HostID string `json:"hostID"`
	// Image is the ID of the image it was created from.
	Image string `json:"image"`

	// State is what it is doing now.
	State State `json:"state"`
	// Incomplete is true of one that was never started and may lack a NIC or a file: its
	// creation takes several steps, between which it may have been cut off. Create it
	// again with the same spec, which adds what is missing, before it is started.
	Incomplete bool `json:"incomplete,omitempty"`
	// Exit tells how its command last ended; nil if it has not since it was
	// created or started.
	Exit *Exit `json:"exit,omitempty"`
	// Suspended is true of one at rest that Resume lets go on where it was.
	Suspended bool `json:"suspended,omitempty"`
	// Created, Started and Finished are the host's times; zero if it has not.
	Created  time.Time `json:"created,omitzero"`
	Started  time.Time `json:"started,omitzero"`
	Finished time.Time `json:"finished,omitzero"`
	// Restarts is how often it was started again since it was created: by the host's
	// restart policy, and by Start and Restart of this driver. The latter count only as
	// long as the driver lives; a driver that is opened anew knows the host's alone,
	// which begins anew with each start by a driver.
	Restarts int `json:"restarts,omitempty"`
	// Health is the result of its health check; List tells the status alone.
	Health CheckResult `json:"health,omitzero"`

	// Resources are the bounds that are in force; those of the spec that say that there
	// is none, of processes or of swap, are told as 0.
	Resources Resources `json:"resources,omitzero"`
	// Restart says when the host starts it again by itself.
	Restart Restart `json:"restart,omitzero"`
	// NICs are those that there are, with what is in force; they have no addresses at
	// rest.
	NICs []NIC `json:"nics,omitempty"`
	// Ports have the host's addresses and ports that are bound, one entry for
	// each; they are empty at rest.
	Ports []Port `json:"ports,omitempty"`
	// NetworkOf is the spec's: whose network it has.
	NetworkOf string `json:"networkOf,omitempty"`
	// NetworkLost is true while the instance is active and the network that it shares is
	// gone: the holder does not run, or was started again since and has another one. It
	// has no interface then, until Start or Restart starts it anew. List, which makes one
	// request, sees only that a holder does not run which it lists, too.
	NetworkLost bool `json:"networkLost,omitempty"`
}

// Address returns the first IP address of the instance, or the zero Addr.
func (i Instance) Address() netip.Addr {
	for _, nic := range i.NICs {
		if nic.IPv4.IsValid() {
			return nic.IPv4
		}
		if nic.IPv6.IsValid() {
			return nic.IPv6
		}
	}
	return netip.Addr{}
}
