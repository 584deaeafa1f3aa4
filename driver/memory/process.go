package memory

import (
	"context"
	"errors"
	"io"
	"io/fs"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

// Program is what runs in the place of a program of an image. It returns its exit
// code, soon after its context ends, which is how it is killed.
type Program func(ctx context.Context, p *Process) (code int)

// Process is a program that runs in an instance: its command, or one that Exec
// started.
type Process struct {
	// Args is the whole command, Env its environment, with the image's and the
	// instance's.
	Args []string
	Env  map[string]string
	// WorkDir, User and Hostname are where it runs and as whom.
	WorkDir, User, Hostname string
	// Stdin is its input, Stdout and Stderr its outputs. Writing waits while the
	// instance is paused.
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	// Size is its terminal's first size, and Resize brings further ones, if it has one.
	Size   driver.WindowSize
	Resize <-chan driver.WindowSize

	host *Host
	of   *instance
	// The host's lock guards what follows.
	cancel  context.CancelFunc
	handled map[string]chan string
	forced  *int // the exit code of what was killed
}

// Handle gives the signals of these names, such as "SIGTERM", to the program, from
// now on. One that is not handled ends it, as a process that has no handler.
func (p *Process) Handle(signals ...string) <-chan string {
	p.host.mu.Lock()
	defer p.host.mu.Unlock()
	got := make(chan string, 8) // more than these at once are lost, as with a kernel
	for _, s := range signals {
		p.handled[s] = got
	}
	return got
}

// Use says what the instance uses from now on: so many CPUs, and so many bytes of
// memory. More memory than the instance's bound kills it, as the kernel does.
func (p *Process) Use(cpus float64, memory int64) {
	p.host.mu.Lock()
	defer p.host.mu.Unlock()
	p.of.settle(p.host.now())
	p.of.usage.cpus, p.of.usage.memory = cpus, memory
	if bound := p.of.resources.Memory; bound > 0 && memory > bound && p.of.state.Active() {
		p.host.outOfMemory(p.of)
	}
}

// ReadFile returns a file of the instance.
func (p *Process) ReadFile(path string) ([]byte, error) {
	p.host.mu.Lock()
	defer p.host.mu.Unlock()
	return p.of.files.read(path)
}

// WriteFile writes a file of the instance, in a folder that is there.
func (p *Process) WriteFile(path string, content []byte, mode fs.FileMode) error {
	p.host.mu.Lock()
	defer p.host.mu.Unlock()
	return p.of.files.write(path, content, mode)
}

// kill ends a process with a code. The caller has the lock.
func (p *Process) kill(code int) {
	if p.forced == nil {
		p.forced = &code
	}
	p.cancel()
}

// receive takes a signal. The caller has the lock.
func (p *Process) receive(signal string) {
	if got, ok := p.handled[signal]; ok && signal != "SIGKILL" {
		select {
		case got <- signal:
		default:
		}
		return
	}
	if !harmless(signal) {
		p.kill(128 + driver.SignalNumber(signal))
	}
}

// execute runs a program to its end, and returns its exit code.
func (p *Process) execute(ctx context.Context, program Program) int {
	code := program(ctx, p)
	p.host.mu.Lock()
	defer p.host.mu.Unlock()
	if p.forced != nil {
		return *p.forced
	}
	return code
}

// pausing is an output that waits while the instance is paused.
type pausing struct {
	ctx context.Context //nolint:containedctx // a Writer has no other way to learn of its process's end
	p   *Process
	to  io.Writer
}

func (w pausing) Write(data []byte) (int, error) {
	err := w.p.host.await(w.ctx, func() bool { return w.p.of.state != driver.Paused && w.p.of.suspended == nil })
	if err != nil {
		return 0, err
	}
	return w.to.Write(data)
}

// program finds what runs a command.
func (h *Host) program(args []string) (Program, error) {
	if len(args) == 0 || args[0] == "" {
		return nil, &dockerhv.FieldError{Field: "command", Reason: "is empty; say what to run"}
	}
	if program, ok := h.programs[args[0]]; ok {
		return program, nil
	}
	if h.opts.Default != nil {
		return h.opts.Default, nil
	}
	return nil, &dockerhv.Error{
		Class: dockerhv.ErrInvalid, Err: errors.New(args[0] + ": no such program"),
		Next: "give a command that is in Programs or Options.Programs, or set Options.Default",
	}
}
