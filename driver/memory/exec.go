package memory

import (
	"cmp"
	"context"
	"io"
	"maps"
	"strings"

	"github.com/dockerhv/dockerhv/driver"
)

// Exec runs a further program in a running instance.
func (d *Driver) Exec(ctx context.Context, id string, c driver.Command) (code int, err error) {
	err = d.call(ctx, "exec in instance", id, func() error {
		code, err = d.exec(ctx, id, c)
		return err
	})
	if err != nil {
		return 0, err
	}
	return code, nil
}

func (d *Driver) exec(ctx context.Context, id string, c driver.Command) (int, error) {
	running, cancel := context.WithCancel(ctx)
	defer cancel()
	var p *Process
	var program Program
	var of *run
	err := d.onActive(id, func(i *instance) (err error) {
		if program, err = d.host.program(c.Args); err != nil {
			return err
		}
		p, of = d.host.newProcess(i, c.Args, cancel), i.run
		of.execs[p] = struct{}{}
		return nil
	})
	if err != nil {
		return 0, err
	}
	defer func() {
		d.host.mu.Lock()
		defer d.host.mu.Unlock()
		delete(of.execs, p)
	}()
	p.connect(running, c)
	code := p.execute(running, program)
	if ctx.Err() != nil {
		return 0, ended(ctx)
	}
	return code, nil
}

// connect gives a process what a command says of it.
func (p *Process) connect(ctx context.Context, c driver.Command) {
	maps.Copy(p.Env, c.Env)
	p.WorkDir, p.User = cmp.Or(c.WorkDir, p.WorkDir), cmp.Or(c.User, p.User)
	p.Stdout, p.Stderr = pausing{ctx, p, orDiscard(c.Stdout)}, pausing{ctx, p, orDiscard(c.Stderr)}
	if c.TTY {
		p.Stderr, p.Size, p.Resize = p.Stdout, c.Size, c.Resize
	}
	p.Stdin = strings.NewReader("")
	if c.Stdin != nil {
		p.Stdin = abandoned(ctx, c.Stdin)
	}
}

func orDiscard(w io.Writer) io.Writer {
	if w == nil {
		return io.Discard
	}
	return w
}

// abandoned reads an input that may block, until its context ends. What reads it
// ends when the input does, as with os/exec.
func abandoned(ctx context.Context, from io.Reader) io.Reader {
	out, in := io.Pipe()
	go func() {
		_, err := io.Copy(in, from)
		_ = in.CloseWithError(err)
	}()
	context.AfterFunc(ctx, func() { _ = out.CloseWithError(context.Cause(ctx)) })
	return out
}
