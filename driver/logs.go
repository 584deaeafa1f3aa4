package driver

import (
	"context"
	"iter"
	"time"
)

// LogReader is a driver that gives back what an instance printed.
type LogReader interface {
	// Logs yields the lines that an instance printed, oldest first. It ends with
	// the instance's output, or with one error. Breaking off the loop frees all
	// that it holds.
	//
	// The reader sets the pace: a slow one holds up nobody, neither the instance nor
	// another reader, and misses nothing that its host still keeps. One that would
	// rather skip breaks off and begins anew with Since or Tail.
	//
	// A host that keeps no logs of the instance is errors.ErrUnsupported.
	Logs(ctx context.Context, id string, opts LogOptions) iter.Seq2[LogLine, error]
}

// LogOptions selects lines. The zero value is all that has been printed so far.
type LogOptions struct {
	// Follow goes on with what is printed from now on, until the instance ends. A host
	// that goes away meanwhile is waited for, and no line is lost or repeated.
	Follow bool
	// After is the cursor of the line behind which to begin; empty means the oldest
	// line. A cursor of another instance, or of one of this ID that is gone, leaves out
	// nothing; what is no cursor is dockerhv.ErrInvalid. Tail is applied to the log, not
	// to what is behind the cursor.
	After string
	// Since leaves out older lines; zero means none.
	Since time.Time
	// Tail leaves out all but the last lines; 0 means none.
	Tail int
}

// Stream is one of a command's two outputs.
type Stream string

// The streams. An instance with a terminal has only Stdout.
const (
	Stdout Stream = "stdout"
	Stderr Stream = "stderr"
)

// LogLine is one line that an instance printed, without its line break. A line
// longer than 1 MiB comes in parts.
type LogLine struct {
	Time   time.Time
	Stream Stream
	Text   string
	// Cursor is where the line is: LogOptions.After begins behind it, exactly, in any
	// process. It says nothing else, and is the driver's own.
	Cursor string
}

// Logs yields the lines that an instance printed, as [LogReader] says. A driver
// that is no LogReader yields one error that matches errors.ErrUnsupported.
func Logs(ctx context.Context, d Driver, id string, opts LogOptions) iter.Seq2[LogLine, error] {
	if r, ok := As[LogReader](d); ok {
		return r.Logs(ctx, id, opts)
	}
	return func(yield func(LogLine, error) bool) {
		yield(LogLine{}, unsupportedBy(d, "read logs of instance", id))
	}
}
