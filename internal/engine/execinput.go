package engine

import (
	"context"
	"errors"
	"io"
	"time"
)

// The end of a terminal's input is sent again after a pause that doubles up to a
// bound.
const (
	firstEndPause = 10 * time.Millisecond
	lastEndPause  = 2 * time.Second
)

// feed passes the command's input on until it ends. An input that fails is none
// that has ended: it cancels the run.
func (x *Exec) feed(ctx context.Context, conn closeWriter, cancel context.CancelCauseFunc) {
	if x.command.Stdin == nil {
		return
	}
	input := source{Reader: x.command.Stdin, fail: cancel, doing: "read its input"}
	_, err := io.Copy(conn, input)
	switch {
	case err != nil: // it failed, the command reads no more, or has ended
	case x.command.TTY:
		endTerminal(ctx, conn)
	default:
		_ = conn.CloseWrite()
	}
}

// endTerminal sends Ctrl-D, which is how a terminal's input ends, until the
// command has. One is not enough: it ends what is left of a line, a shell loses it
// that changes the terminal's mode, and a program within a shell takes it.
func endTerminal(ctx context.Context, conn io.Writer) {
	for pause := firstEndPause; ; pause = min(2*pause, lastEndPause) {
		if _, err := io.WriteString(conn, "\x04"); err != nil {
			return
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return
		}
	}
}

// source is a reader of the caller's. When reading fails it says so, which io.Copy
// and net/http mix up with the connection's failures.
type source struct {
	io.Reader
	fail  context.CancelCauseFunc
	doing string
}

func (s source) Read(p []byte) (int, error) {
	n, err := s.Reader.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		s.fail(ownError{s.doing, err})
	}
	return n, err
}
