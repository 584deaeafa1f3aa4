package engine

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/docker/docker/api/types/events"
	"github.com/docker/docker/api/types/filters"

	"github.com/dockerhv/dockerhv/driver"
)

// Record is what an engine tells of how a run of a container ended.
type Record struct {
	Ended  bool // it tells of the end; else it knows nothing of the run, or not all
	Asked  bool // somebody sent a signal through the engine that asks a command to end
	Killed bool // somebody killed it through the engine
	OOM    bool // the kernel killed a process of it for its memory
	code   int
}

// Add takes an event of the run into account.
func (r *Record) Add(e Event) {
	switch {
	case e.Signal == driver.SIGKILL:
		r.Killed = true
	case e.Signal != 0:
		r.Asked = r.Asked || driver.Ends(e.Signal)
	case e.Type == driver.EventOOM:
		r.OOM = true
	case e.Type == driver.EventExited:
		r.Ended, r.code = true, e.ExitCode
	}
}

// recordSlack is how long after a container's end an engine may tell of it, which it
// does when all of its output is read. The engine makes us wait for no longer.
const recordSlack = 5 * time.Second

// lateOOM is how long after the end an engine may tell that the kernel killed for
// memory: it learns of both from two sides.
const lateOOM = time.Second

// Told tells whether nothing is to be learnt any more. Of a SIGKILL that nobody sent
// through the engine, who it was may be told late.
func (r Record) Told() bool {
	return r.Ended && (r.Asked || r.Killed || r.OOM || r.code != driver.SIGKILL+128)
}

// Record asks the engine what it remembers of a run that began and ended at these
// times of its clock. An engine remembers a few hundred events, and none from before
// its own start.
func (e *Engine) Record(ctx context.Context, hostID string, began, ended time.Time) (Record, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	messages, broken := e.cli.Events(ctx, events.ListOptions{
		Since: engineTime(began), Until: engineTime(ended.Add(recordSlack)),
		Filters: filters.NewArgs(
			filters.Arg("container", hostID),
			filters.Arg("event", "kill"), filters.Arg("event", "oom"), filters.Arg("event", "die"),
		),
	})
	var record Record
	var late <-chan time.Time
	for !record.Told() {
		if record.Ended && late == nil {
			late = time.After(lateOOM)
		}
		select {
		case message := <-messages:
			if event, ok := readEvent(message); ok {
				record.Add(event)
			}
		case <-late:
			return record, nil
		case err := <-broken:
			if errors.Is(err, io.EOF) {
				return record, nil // that is all it remembers
			}
			return record, e.fail("look up the end of instance", hostID, err)
		}
	}
	return record, nil
}
