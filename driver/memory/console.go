package memory

import (
	"context"
	"io"
	"strings"
	"sync"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

// terminal is what consoles connect with: the input and the outputs of a run.
type terminal struct {
	tty   bool
	input *io.PipeWriter // nil if the spec has no Stdin
	sizes chan driver.WindowSize

	mu       sync.Mutex
	consoles map[*console]struct{}
}

// console is one that is connected.
type console struct {
	stdout, stderr io.Writer
	fail           context.CancelCauseFunc
}

// connectTerminal gives a run's process its terminal, or what there is in place of it.
// The caller has the lock.
func (r *run) connectTerminal(ctx context.Context, i *instance) {
	p, t := r.process, &terminal{tty: i.spec.TTY, sizes: make(chan driver.WindowSize), consoles: make(map[*console]struct{})}
	r.terminal = t
	p.Stdin = strings.NewReader("")
	if i.spec.Stdin {
		var input *io.PipeReader
		input, t.input = io.Pipe()
		p.Stdin = input
		context.AfterFunc(ctx, func() { _ = input.CloseWithError(context.Cause(ctx)) })
	}
	p.Stdout = pausing{ctx, p, shown{t, printer{i, driver.Stdout}, driver.Stdout}}
	p.Stderr = pausing{ctx, p, shown{t, printer{i, driver.Stderr}, driver.Stderr}}
	if t.tty {
		p.Stderr, p.Resize = p.Stdout, t.sizes
	}
}

// shown is an output that is printed, and shown on all consoles.
type shown struct {
	t       *terminal
	printed io.Writer
	stream  driver.Stream
}

func (w shown) Write(data []byte) (int, error) {
	w.t.mu.Lock()
	for c := range w.t.consoles {
		to := c.stdout
		if w.stream == driver.Stderr {
			to = c.stderr
		}
		if _, err := to.Write(data); err != nil {
			delete(w.t.consoles, c)
			c.fail(err)
		}
	}
	w.t.mu.Unlock()
	return w.printed.Write(data)
}

// Console connects to an instance's own command.
func (d *Driver) Console(ctx context.Context, id string, opts driver.ConsoleOptions) error {
	return d.call(ctx, "open console of instance", id, func() error {
		var of *run
		err := d.onActive(id, func(i *instance) error {
			of = i.run
			return i.fits(opts)
		})
		if err != nil {
			return err
		}
		return of.console(ctx, opts)
	})
}

// fits tells whether an instance can be connected with so. The caller has the lock.
func (i *instance) fits(opts driver.ConsoleOptions) error {
	switch {
	case i.state != driver.Running:
		return refuse(dockerhv.ErrConflict, "unpause it first", "the instance is %s", i.state)
	case opts.Stdin != nil && !i.spec.Stdin:
		return refuse(dockerhv.ErrConflict, "give its spec a Stdin", "the instance reads no input")
	case opts.Size != (driver.WindowSize{}) && !i.spec.TTY:
		return &dockerhv.FieldError{Field: "size", Reason: "only a terminal has a size: give the spec a TTY"}
	}
	return nil
}

// console is a connection with a run, until one of the two ends.
func (r *run) console(ctx context.Context, opts driver.ConsoleOptions) error {
	outer := ctx
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	c := &console{orDiscard(opts.Stdout), orDiscard(opts.Stderr), cancel}
	r.terminal.join(c)
	defer r.terminal.leave(c)
	detached := make(chan struct{})
	if opts.Stdin != nil {
		go func() {
			if _, err := io.Copy(r.terminal.input, opts.Stdin); err == nil {
				close(detached)
			} else {
				cancel(err)
			}
		}()
	}
	go r.terminal.resize(ctx, opts)
	select {
	case <-r.ended:
		return nil
	case <-detached:
		return nil
	case <-ctx.Done():
	}
	if outer.Err() != nil {
		return ended(outer)
	}
	return context.Cause(ctx)
}

func (t *terminal) join(c *console) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.consoles[c] = struct{}{}
}

func (t *terminal) leave(c *console) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.consoles, c)
}

// resize passes on a console's sizes until its context ends.
func (t *terminal) resize(ctx context.Context, opts driver.ConsoleOptions) {
	size := opts.Size
	for {
		if size != (driver.WindowSize{}) && t.tty {
			select {
			case t.sizes <- size:
			case <-ctx.Done():
				return
			}
		}
		var ok bool
		select {
		case size, ok = <-opts.Resize:
			if !ok {
				return
			}
		case <-ctx.Done():
			return
		}
	}
}
