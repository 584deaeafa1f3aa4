package driver

import (
	"context"
	"io"
)

// Consoler is a driver that connects people with the command of an instance.
type Consoler interface {
	// Console connects to the input and outputs of an instance's own command, as they
	// are from now on; what was printed before, Logs tells. Several may be connected.
	//
	// It returns nil when the command has ended, and when Stdin has, which leaves the
	// command running: so does a context that ends, whose error it returns. An instance
	// that does not run is dockerhv.ErrConflict, as is a Stdin for one whose spec has no
	// Stdin. What happens to Stdin after it has returned is as for Execer.
	Console(ctx context.Context, id string, opts ConsoleOptions) error
}

// ConsoleOptions are the streams of a console. The zero value shows nothing and waits
// for the instance's end.
type ConsoleOptions struct {
	// Stdin is what the command reads; nil only shows what it prints.
	Stdin io.Reader
	// Stdout and Stderr get the output; nil discards it. All output of a terminal goes to
	// Stdout.
	Stdout, Stderr io.Writer
	// Size is the terminal's size from now on; the zero value leaves it as it is. An
	// instance whose spec has no TTY has none.
	Size WindowSize
	// Resize brings further sizes; nil means none. It needs not be closed.
	Resize <-chan WindowSize
}

// Console connects to an instance's command, as [Consoler] says.
func Console(ctx context.Context, d Driver, id string, opts ConsoleOptions) error {
	if c, ok := As[Consoler](d); ok {
		return c.Console(ctx, id, opts)
	}
	return unsupportedBy(d, "open console of instance", id)
}
