package driver

import (
	"context"
	"io"
)

// Execer is a driver that runs further commands inside a running instance.
type Execer interface {
	// Exec runs a command in an instance and returns its exit code when it has ended
	// and all of its output has been written. When the context ends first, the
	// command and what it started are killed. An instance that does not run is
	// dockerhv.ErrConflict; a command that can't be started is dockerhv.ErrInvalid.
	Exec(ctx context.Context, id string, c Command) (exitCode int, err error)
}

// Command is a command to run in an instance.
type Command struct {
	// Args is the program and its arguments. Required.
	Args []string
	// Env adds to the instance's environment.
	Env Private
	// WorkDir and User replace the instance's; empty keeps them.
	WorkDir, User string
	// TTY gives the command a terminal; all output then goes to Stdout.
	TTY bool
	// Size is the terminal's first size; the zero value is the engine's choice.
	Size WindowSize
	// Resize brings further sizes; nil means none. It needs not be closed.
	Resize <-chan WindowSize
	// Stdin is read until its end, which closes the command's input; nil means none.
	Stdin io.Reader
	// Stdout and Stderr get the output; nil discards it.
	Stdout, Stderr io.Writer
}

// WindowSize is a terminal's size in characters.
type WindowSize struct{ Columns, Rows uint16 }

// Exec runs a command in an instance, as [Execer] says.
func Exec(ctx context.Context, d Driver, id string, c Command) (exitCode int, err error) {
	if e, ok := As[Execer](d); ok {
		return e.Exec(ctx, id, c)
	}
	return 0, unsupportedBy(d, "exec in instance", id)
}
