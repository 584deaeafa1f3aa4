package docker

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"maps"
	"path"
	"strings"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/internal/engine"
)

const opExec = "exec in instance"

// execVariable is the environment variable that marks a command and what it
// starts, so that they are found when they must be killed. Its value is random.
const execVariable = "DOCKERHV_EXEC"

// Exec runs a command in a running instance, as driver.Execer says. It does not
// wait for other calls for the instance, nor they for it.
//
// A Stdin that blocks when the command has ended is not waited for: one goroutine
// stays until that Read returns, and what it has read is lost. With a terminal the
// end of Stdin is sent as Ctrl-D, until the command ends.
//
// When the context ends, or Stdin or an output fails, the command is killed with
// what it started, which an environment variable with a random value marks. That
// is done by a shell inside the instance, as the same user, and on a host that is
// this machine by a look at its processes as well. Where neither is possible the
// error says that the command may go on. It takes 5 seconds at most.
func (d *Driver) Exec(ctx context.Context, id string, c driver.Command) (exitCode int, err error) {
	ctx, end := d.change(ctx, opExec, id)
	defer end(&err)
	if err := validateCommand(c); err != nil {
		return 0, d.name(opExec, id, err)
	}
	marker := rand.Text()
	c.Env = maps.Clone(c.Env)
	if c.Env == nil {
		c.Env = make(map[string]string, 1)
	}
	c.Env[execVariable] = marker
	c.Stdout, c.Stderr = until(ctx, c.Stdout), until(ctx, c.Stderr)
	var command execution
	err = d.do(ctx, opExec, id, func(hostID string) error {
		exec, err := d.engine.NewExec(ctx, hostID, c)
		command = execution{exec: exec, hostID: hostID, user: c.User, marker: marker}
		return d.explainExec(ctx, hostID, err)
	})
	if err != nil {
		return 0, err
	}
	exitCode, err = d.execute(ctx, command)
	return exitCode, d.name(opExec, id, err)
}

// execution is a command that was created.
type execution struct {
	exec                 *engine.Exec
	hostID, user, marker string
}

// execute runs a command, and kills it where it can't be run to its end.
func (d *Driver) execute(ctx context.Context, command execution) (int, error) {
	// The connection outlives the context: its end tells that all are killed.
	attached, detach := context.WithCancel(context.WithoutCancel(ctx))
	defer detach()
	var (
		ended = make(chan struct{})
		code  int
		err   error
	)
	go func() {
		defer close(ended)
		code, err = command.exec.Run(attached)
	}()
	select {
	case <-ended:
	case <-ctx.Done():
		return 0, d.killed(ctx, command, ended, ended, detach, ctx.Err())
	}
	if err == nil {
		return code, nil
	}
	_, neverRan := errors.AsType[engine.NeverRanError](err)
	err = d.explainExec(ctx, command.hostID, err)
	if neverRan || errors.Is(err, dockerhv.ErrConflict) || errors.Is(err, dockerhv.ErrNotFound) {
		return 0, err // there is nothing to kill, or the instance's end did it
	}
	over := ended
	if engine.IsOwn(err) {
		over = nil // our end of it: the command may not even have begun
	}
	return 0, d.killed(ctx, command, over, ended, detach, err)
}

// killed kills a command, and returns why that was done, and whether it failed. Over is
// closed once the command has ended, ended once nobody reads from it any more.
func (d *Driver) killed(ctx context.Context, command execution, over, ended <-chan struct{}, detach func(), why error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), killTimeout)
	defer cancel()
	err := d.kill(ctx, command, over)
	detach()
	select { // a writer that blocks is not waited for any longer
	case <-ended:
	case <-ctx.Done():
	}
	if err == nil {
		return why
	}
	return &dockerhv.Error{
		Class: why, Err: fmt.Errorf("%w, and the command may go on: %v", why, err), //nolint:errorlint // it is no class of this error
		Next: "restart the instance to be sure",
	}
}

// explainExec tells an instance that takes no command from a command that fails.
func (d *Driver) explainExec(ctx context.Context, hostID string, err error) error {
	if err == nil || ctx.Err() != nil || errors.Is(err, dockerhv.ErrNotFound) || errors.Is(err, dockerhv.ErrUnavailable) {
		return err
	}
	i, inspectErr := d.engine.Inspect(ctx, hostID)
	switch {
	case inspectErr != nil || i.State == driver.Running:
		return err
	case i.State == driver.Paused:
		return &dockerhv.Error{Class: dockerhv.ErrConflict, Err: errors.New("the instance is paused"), Next: "unpause it first"}
	}
	return notRunning(i)
}

// validateCommand refuses what no engine can run.
func validateCommand(c driver.Command) error {
	refuse := func(field, reason string) error { return &dockerhv.FieldError{Field: field, Reason: reason} }
	if len(c.Args) == 0 || c.Args[0] == "" {
		return refuse("args", "name a program")
	}
	for i, arg := range c.Args {
		if strings.ContainsRune(arg, 0) {
			return refuse(fmt.Sprintf("args[%d]", i), "it can't hold a zero byte")
		}
	}
	for name, value := range c.Env {
		if name == "" || strings.ContainsAny(name, "=\x00") || strings.ContainsRune(value, 0) {
			return refuse("env", fmt.Sprintf("%q can't be set: a name is not empty and holds no '=', and nothing holds a zero byte", name))
		}
		if name == execVariable {
			return refuse("env", execVariable+" is the driver's own")
		}
	}
	if c.WorkDir != "" && (!path.IsAbs(c.WorkDir) || strings.ContainsRune(c.WorkDir, 0)) {
		return refuse("workDir", "give an absolute path")
	}
	if !c.TTY && c.Size != (driver.WindowSize{}) {
		return refuse("size", "only a terminal has a size: ask for one")
	}
	return nil
}

// until lets output through as long as the context lasts, so that a caller who
// gave up gets no more, and the rest of it holds nobody up.
func until(ctx context.Context, w io.Writer) io.Writer {
	if w == nil {
		return nil
	}
	return writerFunc(func(p []byte) (int, error) {
		select {
		case <-ctx.Done():
			return len(p), nil
		default:
			return w.Write(p)
		}
	})
}

type writerFunc func(p []byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }
