package memory

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

// The exit codes of what SIGKILL ended, of what could not be started, and of what was
// lost.
const (
	exitKilled  = 137
	exitMissing = 127
	exitLost    = 255
)

// run is one run of an instance's command, from its start to its exit.
type run struct {
	process  *Process
	terminal *terminal
	execs    map[*Process]struct{}
	frozen   bool             // it is suspended
	dropped  bool             // it will not go on
	pending  []string         // signals that came while it was paused
	cause    driver.ExitCause // why it will have ended; empty is by itself
	exit     *driver.Exit
	ended    chan struct{} // closed when it has ended
}

// start runs an instance's command. The caller has the lock.
func (h *Host) start(ctx context.Context, i *instance) error {
	args := i.command()
	program, err := h.program(args)
	if err != nil {
		return h.notStarted(i, err)
	}
	if err := h.bind(i); err != nil {
		return h.notStarted(i, err)
	}
	// It outlives the call that starts it.
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	p := h.newProcess(i, args, cancel)
	r := &run{process: p, execs: make(map[*Process]struct{}), ended: make(chan struct{})}
	r.connectTerminal(ctx, i)
	if i.run != nil {
		i.restarts++
	}
	i.forget()
	i.run, i.state, i.exit, i.started = r, driver.Running, nil, h.now()
	i.usage = usage{since: i.started, memory: idleMemory}
	h.tell(i, driver.EventStarted, 0)
	h.beginChecks(ctx, i)
	go func() {
		defer cancel()
		code := p.execute(ctx, program)
		// What ends by itself while it is suspended has not got so far yet.
		if h.await(context.WithoutCancel(ctx), func() bool { return !r.frozen || r.dropped }) == nil {
			h.exited(i, r, code)
		}
	}()
	return nil
}

// notStarted keeps why a command could not be started.
func (h *Host) notStarted(i *instance, err error) error {
	i.exit = &driver.Exit{Code: exitMissing, Cause: driver.ExitStartFailed, Error: plain(err), Time: h.now()}
	h.change()
	return err
}

// plain is an error's cause alone.
func plain(err error) string {
	var e *dockerhv.Error
	if errors.As(err, &e) && e.Err != nil {
		return e.Err.Error()
	}
	return err.Error()
}

// exited takes an exit into account.
func (h *Host) exited(i *instance, r *run, code int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if r.dropped {
		close(r.ended)
		return
	}
	for p := range r.execs {
		p.kill(exitKilled)
	}
	h.flush(i)
	i.settle(h.now())
	i.finished = h.now()
	cause := cmp.Or(r.cause, driver.ExitNormal)
	r.exit = &driver.Exit{
		Code: code, Signal: driver.SignalOf(code), Cause: cause, OOM: cause == driver.ExitOOM, Time: i.finished,
	}
	exit := *r.exit
	i.state, i.exit, i.ports, i.health = driver.Exited, &exit, nil, driver.CheckResult{}
	h.tell(i, driver.EventExited, code)
	close(r.ended)
}

// newProcess makes a process of an instance. The caller has the lock.
func (h *Host) newProcess(i *instance, args []string, cancel context.CancelFunc) *Process {
	env := maps.Clone(i.image.Env)
	if env == nil {
		env = make(map[string]string)
	}
	maps.Copy(env, i.spec.Env)
	return &Process{
		Args: slices.Clone(args), Env: env, WorkDir: cmp.Or(i.spec.WorkDir, i.image.WorkDir, "/"),
		User: cmp.Or(i.spec.User, i.image.User, "0"), Hostname: cmp.Or(i.spec.Hostname, i.hostID),
		host: h, of: i, cancel: cancel, handled: make(map[string]chan string),
	}
}

// command is what the instance runs: a given entrypoint drops the image's command.
func (i *instance) command() []string {
	entrypoint, command := i.spec.Entrypoint, i.spec.Command
	if entrypoint == nil {
		entrypoint = i.image.Entrypoint
		if command == nil {
			command = i.image.Command
		}
	}
	return slices.Concat(entrypoint, command)
}

// kill ends the instance's command with a code. The caller has the lock.
func (i *instance) kill(code int, cause driver.ExitCause) {
	if i.state.Active() {
		i.blame(cause)
		i.run.process.kill(code)
	}
}

// blame says why the command will have ended: what came first counts, but a kill ends
// what a request did not. The caller has the lock.
func (i *instance) blame(cause driver.ExitCause) {
	if i.state.Active() && (i.run.cause == "" || i.run.cause == driver.ExitStopped && cause == driver.ExitKilled) {
		i.run.cause = cause
	}
}

// signal sends a signal to the instance's command, which gets it when it is not
// paused. The caller has the lock.
func (i *instance) signal(name string) {
	switch {
	case !i.state.Active():
	case i.state == driver.Paused && name != "SIGKILL":
		i.run.pending = append(i.run.pending, name)
	default:
		i.run.process.receive(name)
	}
}

// outOfMemory kills an instance for its memory. The caller has the lock.
func (h *Host) outOfMemory(i *instance) {
	h.tell(i, driver.EventOOM, 0)
	i.kill(exitKilled, driver.ExitOOM)
}
