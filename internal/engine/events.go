package engine

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/docker/docker/api/types/events"
	"github.com/docker/docker/api/types/filters"

	"github.com/dockerhv/dockerhv/driver"
)

// Event is an event of a container that is an instance.
type Event struct {
	driver.Event
	HostID string
	// Signal is the signal that somebody sent through the engine; the event then has no
	// Type, and tells readers nothing.
	Signal int
	// Role is what the container is to the instance. When Renamed it is that since this
	// event, which has no Type.
	Role    Role
	Renamed bool
}

// Events passes on an owner's events until the stream breaks or the context ends,
// and returns why. It calls look when the engine has accepted the stream, before the
// first event, and between two events whenever again says so. The stream begins at a
// time of the engine's clock, with what happened just then; the zero time means now.
// An engine remembers a few hundred events, and none from before its own start.
func (e *Engine) Events(
	ctx context.Context, owner string, since time.Time, look func() error, again <-chan time.Time, handle func(Event),
) error {
	ctx, cancel := context.WithCancel(ctx) // ends the client's goroutine on every way out
	defer cancel()
	options := events.ListOptions{Filters: filters.NewArgs(
		filters.Arg("type", string(events.ContainerEventType)), filters.Arg("label", labelOwner+"="+owner),
	)}
	if !since.IsZero() {
		options.Since = engineTime(since)
	}
	messages, broken := e.cli.Events(ctx, options)
	select {
	case err := <-broken:
		return e.fail("watch events", "", err)
	default:
	}
	if err := look(); err != nil {
		return err
	}
	for {
		select {
		case message := <-messages:
			if event, ok := readEvent(message); ok {
				handle(event)
			}
		case <-again:
			if err := look(); err != nil {
				return err
			}
		case err := <-broken:
			return e.fail("watch events", "", err)
		}
	}
}

// engineTime is a time as the engine takes it.
func engineTime(t time.Time) string { return fmt.Sprintf("%d.%09d", t.Unix(), t.Nanosecond()) }

// readEvent translates the events that tell what an instance is doing.
func readEvent(m events.Message) (Event, bool) {
	e := Event{HostID: m.Actor.ID, Event: driver.Event{
		ID: m.Actor.Attributes[labelInstance], Time: time.Unix(0, m.TimeNano).UTC(),
	}}
	e.Role, _ = readRole(m.Actor.Attributes["name"])
	action, detail, _ := strings.Cut(string(m.Action), ": ")
	switch events.Action(action) {
	case events.ActionCreate:
		e.Type, e.State = driver.EventCreated, driver.Created
	case events.ActionStart:
		e.Type, e.State = driver.EventStarted, driver.Running
	case events.ActionPause:
		e.Type, e.State = driver.EventPaused, driver.Paused
	case events.ActionUnPause:
		e.Type, e.State = driver.EventUnpaused, driver.Running
	case events.ActionOOM:
		e.Type, e.State = driver.EventOOM, driver.Running
	case events.ActionHealthStatus:
		e.Type, e.State, e.Detail = driver.EventHealth, driver.Running, detail
	case events.ActionDie:
		e.Type, e.State = driver.EventExited, driver.Exited
		e.ExitCode, _ = strconv.Atoi(m.Actor.Attributes["exitCode"])
	case events.ActionDestroy:
		e.Type = driver.EventDestroyed
	case events.ActionRename:
		e.Renamed = true
	case events.ActionKill:
		e.Signal, _ = strconv.Atoi(m.Actor.Attributes["signal"])
	default:
		return Event{}, false
	}
	return e, e.ID != ""
}
