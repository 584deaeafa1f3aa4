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
	Logs(ctx context.Context, id string, opts LogOptions) iter.Seq2[LogLine, error]
}

// LogOptions selects lines. The zero value is all that has been printed so far.
type LogOptions struct {
	// Follow goes on with what is printed from now on, until the instance ends.
	Follow bool
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
