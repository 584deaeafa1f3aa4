package engine

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// frameBuffer is how much output is taken at once.
const frameBuffer = 32 << 10

// output writes the command's output until its end. An engine that can't start a
// command says so in place of the output: that is returned and not written.
func (x *Exec) output(ctx context.Context, conn io.Reader) (refusal string, err error) {
	chunks := chunkReader{conn: conn, tty: x.command.TTY, buffer: make([]byte, frameBuffer)}
	for first := true; ; first = false {
		stream, data, err := chunks.next()
		if errors.Is(err, io.EOF) {
			return "", nil
		}
		if err != nil {
			return "", err
		}
		// All that an engine says so ends like this, and little else does.
		if first && bytes.HasSuffix(data, []byte("\r\n")) {
			now, err := x.inspect(ctx)
			if err == nil && neverRan(now) {
				return string(data), nil
			}
		}
		if err := x.write(stream, data); err != nil {
			return "", err
		}
	}
}

func (x *Exec) write(stream byte, data []byte) error {
	to := x.command.Stdout
	if stream == 2 {
		to = x.command.Stderr
	}
	if to == nil {
		return nil
	}
	if _, err := to.Write(data); err != nil {
		return ownError{"write its output", err}
	}
	return nil
}

// chunkReader takes the engine's stream apart: of a terminal it is the output
// itself, else frames as those of the logs.
type chunkReader struct {
	conn   io.Reader
	tty    bool
	buffer []byte
	stream byte   // of the frame that is being read
	left   uint32 // what is left of it
}

// next returns a piece of output, which is valid until the next call. io.EOF is
// the end, and an end within a frame is none.
func (r *chunkReader) next() (stream byte, data []byte, err error) {
	if r.tty {
		n, err := r.conn.Read(r.buffer)
		if n > 0 {
			err = nil // comes again
		}
		return 1, r.buffer[:n], err
	}
	for r.left == 0 {
		if err := r.header(); err != nil {
			return 0, nil, err
		}
	}
	n, err := io.ReadFull(r.conn, r.buffer[:min(int(r.left), len(r.buffer))])
	if err != nil {
		return 0, nil, io.ErrUnexpectedEOF
	}
	r.left -= uint32(n)
	if r.stream == 3 { // the engine's own error, in the stream
		return 0, nil, errors.New(string(r.buffer[:n]))
	}
	return r.stream, r.buffer[:n], nil
}

func (r *chunkReader) header() error {
	var header [8]byte
	if _, err := io.ReadFull(r.conn, header[:]); err != nil {
		return err // io.EOF between two frames is the end
	}
	r.stream, r.left = header[0], binary.BigEndian.Uint32(header[4:])
	if r.stream > 3 {
		return fmt.Errorf("output of a stream %d", r.stream)
	}
	return nil
}
