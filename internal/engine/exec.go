package engine

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"time"

	"github.com/docker/docker/api/types/container"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

const opExec = "exec in instance"

// The engine ends a command's output a moment before it knows the exit code, and
// long before where the command closed its output itself. It is asked again after
// a pause that doubles up to a bound.
const (
	firstExecPause = 2 * time.Millisecond
	lastExecPause  = 500 * time.Millisecond
)

// detachKeys are keys that nobody types in this order, in place of the engine's
// own: Ctrl-P is the shell's previous line, and Ctrl-P Ctrl-Q would leave the
// command behind.
const detachKeys = "ctrl-@,ctrl-^,ctrl-@,ctrl-^,ctrl-@,ctrl-^"

// Exec is a further command of a container.
type Exec struct {
	engine  *Engine
	command driver.Command
	hostID  string
	id      string
}

// NewExec prepares a command of a running container. Nothing runs yet.
func (e *Engine) NewExec(ctx context.Context, hostID string, c driver.Command) (*Exec, error) {
	created, err := e.cli.ContainerExecCreate(ctx, hostID, container.ExecOptions{
		Cmd: c.Args, Env: environment(c.Env), WorkingDir: c.WorkDir, User: c.User,
		Tty: c.TTY, ConsoleSize: consoleSize(c), DetachKeys: detachKeys,
		AttachStdin: c.Stdin != nil, AttachStdout: true, AttachStderr: true,
	})
	if err != nil {
		return nil, e.fail(opExec, hostID, err)
	}
	return &Exec{engine: e, command: c, hostID: hostID, id: created.ID}, nil
}

// consoleSize is the terminal's first size as an engine since API 1.42 takes it.
func consoleSize(c driver.Command) *[2]uint {
	if !c.TTY || c.Size == (driver.WindowSize{}) {
		return nil
	}
	return &[2]uint{uint(c.Size.Rows), uint(c.Size.Columns)}
}

// Run starts the command and returns its exit code when it has ended and all of
// its output has been written. The context ends the connection, not the command.
//
// A Stdin that blocks does not keep Run from returning: a goroutine is left that
// ends when Read does.
func (x *Exec) Run(ctx context.Context) (exitCode int, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	conn, err := x.attach(ctx)
	if err != nil {
		return 0, x.engine.fail(opExec, x.hostID, err)
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	go x.feed(ctx, conn, cancel)
	go x.resize(ctx)
	refusal, err := x.output(ctx, conn)
	if cause := context.Cause(ctx); cause != nil {
		err = cause // the reason why the connection was closed
	}
	if err != nil {
		return 0, x.fail(err)
	}
	return x.exit(ctx, refusal)
}

// fail makes an error of what ended the connection.
func (x *Exec) fail(err error) error { return x.engine.failOwn(opExec, x.hostID, err) }

// failOwn is fail for work with the caller's own reader or writer, whose errors tell
// nothing of the host.
func (e *Engine) failOwn(op, hostID string, err error) *dockerhv.Error {
	failed := &dockerhv.Error{Op: op, Host: e.endpoint.String(), ID: hostID}
	if own, ok := errors.AsType[ownError](err); ok {
		failed.Err = own
		return failed
	}
	failed.Class, failed.Next = classify(op, err)
	failed.Err = plain(err)
	return failed
}

// IsOwn tells whether an error is of the caller's reader or writer.
func IsOwn(err error) bool {
	_, ok := errors.AsType[ownError](err)
	return ok
}

// ownError is an error of the caller's reader or writer.
type ownError struct {
	doing string
	err   error
}

func (e ownError) Error() string { return e.doing + ": " + e.err.Error() }
func (e ownError) Unwrap() error { return e.err }

// exit waits until the command has ended, and returns its code.
func (x *Exec) exit(ctx context.Context, refusal string) (int, error) {
	for pause := firstExecPause; ; pause = min(2*pause, lastExecPause) {
		now, err := x.inspect(ctx)
		switch {
		case err != nil:
			return 0, err
		case neverRan(now):
			return 0, x.refused(refusal)
		case !now.Running:
			return now.ExitCode, nil
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return 0, x.fail(context.Cause(ctx))
		}
	}
}

// Ended tells whether the command was started and runs no more.
func (x *Exec) Ended(ctx context.Context) (bool, error) {
	now, err := x.inspect(ctx)
	return err == nil && !now.Running && (now.Pid != 0 || neverRan(now)), err
}

func (x *Exec) inspect(ctx context.Context) (container.ExecInspect, error) {
	now, err := x.engine.cli.ContainerExecInspect(ctx, x.id)
	if err != nil {
		return now, x.engine.fail(opExec, x.hostID, err)
	}
	return now, nil
}

// neverRan tells whether the engine could not start a command: it has a shell's
// code for that and no process.
func neverRan(now container.ExecInspect) bool {
	return !now.Running && now.Pid == 0 && (now.ExitCode == 126 || now.ExitCode == 127)
}

// NeverRanError is the engine's reason not to start a command.
type NeverRanError string

func (e NeverRanError) Error() string {
	return cmp.Or(strings.TrimSpace(string(e)), "the engine did not start the command and did not say why")
}

// refused makes an error of the engine's reason not to start the command.
func (x *Exec) refused(reason string) error {
	e := &dockerhv.Error{
		Op: opExec, Host: x.engine.endpoint.String(), ID: x.hostID, Class: dockerhv.ErrFailed,
		Err: NeverRanError(reason),
	}
	if t, ok := matchText(opStart, reason); ok {
		e.Class, e.Next = t.class, t.next
		return e
	}
	for _, wrong := range []string{"unable to find user", "unable to find group", "no matching entries in passwd", "is a directory", "not a directory", "exec format error"} {
		if strings.Contains(reason, wrong) {
			e.Class, e.Next = dockerhv.ErrInvalid, "give a command, a user and a folder that are in the template"
		}
	}
	return e
}

// resize passes on the terminal's sizes until the context ends. A size that the
// engine refuses is of a command that has just ended.
func (x *Exec) resize(ctx context.Context) {
	if x.engine.apiBefore("1.42") && consoleSize(x.command) != nil {
		x.setSize(ctx, x.command.Size) // it waits for the start
	}
	for {
		select {
		case size, ok := <-x.command.Resize:
			if !ok {
				return
			}
			x.setSize(ctx, size)
		case <-ctx.Done():
			return
		}
	}
}

func (x *Exec) setSize(ctx context.Context, size driver.WindowSize) {
	_ = x.engine.cli.ContainerExecResize(ctx, x.id, container.ResizeOptions{
		Height: uint(size.Rows), Width: uint(size.Columns),
	})
}
