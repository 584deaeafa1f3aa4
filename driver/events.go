package driver

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/dockerhv/dockerhv"
)

// EventSource is a driver that is told by its host what happens to instances. It
// keeps one connection to the host, however many instances and readers there are,
// and none while nobody reads.
type EventSource interface {
	// Events yields what happens to the owner's instances, until the loop is broken
	// off or the context ends, which is its last error. It tells first of every
	// instance that there is, as a Snapshot, and then of changes: no event between
	// the two is lost or seen twice.
	//
	// When the connection breaks, the stream goes on with a new one: a Gap event
	// tells that single events may be missing, and what changed meanwhile follows: an
	// Exited event with the code and the time for what has ended and the host still
	// knows how, Snapshot and Destroyed events for the rest. So it is where the host
	// itself lost an event. A host that is away yields an error that matches
	// dockerhv.ErrUnavailable, once, and the stream goes on trying.
	Events(ctx context.Context) iter.Seq2[Event, error]
}

// EventType is what happened.
type EventType string

// The types. More may come; a reader passes over those that it does not know.
const (
	EventSnapshot  EventType = "snapshot"  // how the instance was found, at the start or after a gap
	EventCreated   EventType = "created"   // it exists now
	EventStarted   EventType = "started"   // its command runs
	EventPaused    EventType = "paused"    // its command is frozen
	EventUnpaused  EventType = "unpaused"  // it goes on
	EventOOM       EventType = "oom"       // the kernel killed a process of it for its memory
	EventHealth    EventType = "health"    // its health check has another result
	EventExited    EventType = "exited"    // its command has ended
	EventDestroyed EventType = "destroyed" // it does not exist any more
	EventGap       EventType = "gap"       // events may be missing before this one; it has no ID
)

// Event is something that happened on a host.
type Event struct {
	Type EventType `json:"type"`
	// ID is the instance's; empty for a gap.
	ID string `json:"id,omitempty"`
	// Time is when, by the host's clock; zero if the host did not tell.
	Time time.Time `json:"time,omitzero"`
	// State is what the instance is doing after the event; empty once it is destroyed.
	State State `json:"state,omitempty"`
	// ExitCode and Cause are set for EventExited. The cause is what is known at that
	// moment; Exit.Cause may be told better by what the host says after.
	ExitCode int       `json:"exitCode,omitempty"`
	Cause    ExitCause `json:"cause,omitempty"`
	// Detail is for people: the health, or why there was a gap.
	Detail string `json:"detail,omitempty"`
}

// Events yields what happens to the owner's instances, as [EventSource] says. A
// driver that is no EventSource yields one error that matches errors.ErrUnsupported.
func Events(ctx context.Context, d Driver) iter.Seq2[Event, error] {
	if s, ok := As[EventSource](d); ok {
		return s.Events(ctx)
	}
	return func(yield func(Event, error) bool) { yield(Event{}, unsupportedBy(d, "watch events", "")) }
}

// unsupportedBy is the error for an optional interface that a driver lacks.
func unsupportedBy(d Driver, op, id string) error {
	return &dockerhv.Error{
		Op: op, ID: id, Class: errors.ErrUnsupported,
		Err: fmt.Errorf("the driver %T can't", d), Next: "use a driver that implements it",
	}
}
