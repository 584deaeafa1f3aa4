package driver

import (
	"bytes"
	"context"
)

// Captured is what a command printed, as far as it was kept.
type Captured struct {
	// Code is its exit code.
	Code int
	// Stdout and Stderr are the beginnings of its outputs.
	Stdout, Stderr []byte
	// Truncated is true when it printed more than was kept.
	Truncated bool
}

// DefaultOutput is how many bytes Output keeps where it is told no limit.
const DefaultOutput = 1 << 20

// Output runs a command in an instance, as [Exec] does, and keeps what it prints: of
// each output no more than a limit of bytes, 0 or less meaning DefaultOutput. What
// comes after is read and dropped, so that the command goes on to its end. The
// command's own Stdout and Stderr are not used.
func Output(ctx context.Context, d Driver, id string, c Command, limit int) (Captured, error) {
	if limit <= 0 {
		limit = DefaultOutput
	}
	stdout, stderr := &beginning{limit: limit}, &beginning{limit: limit}
	c.Stdout, c.Stderr = stdout, stderr
	code, err := Exec(ctx, d, id, c)
	return Captured{
		Code: code, Stdout: stdout.kept.Bytes(), Stderr: stderr.kept.Bytes(), Truncated: stdout.more || stderr.more,
	}, err
}

// beginning keeps the first bytes that are written to it.
type beginning struct {
	limit int
	kept  bytes.Buffer
	more  bool
}

func (b *beginning) Write(p []byte) (int, error) {
	room := min(len(p), b.limit-b.kept.Len())
	b.kept.Write(p[:room])
	b.more = b.more || room < len(p)
	return len(p), nil
}
