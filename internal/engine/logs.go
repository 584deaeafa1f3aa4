package engine

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"
	"strconv"
	"strings"
	"time"

	"github.com/docker/docker/api/types/container"

	"github.com/dockerhv/dockerhv/driver"
)

const (
	maxLine  = 1 << 20  // what is kept of a line before it is yielded in parts
	maxFrame = 16 << 20 // an entry of the log is 16 KiB; this is only a guard
)

// Logs yields the lines that a container printed.
func (e *Engine) Logs(ctx context.Context, hostID string, opts driver.LogOptions) iter.Seq2[driver.LogLine, error] {
	return func(yield func(driver.LogLine, error) bool) {
		stream, err := e.cli.ContainerLogs(ctx, hostID, logsOptions(opts))
		if err != nil {
			yield(driver.LogLine{}, e.fail("read logs of instance", hostID, err))
			return
		}
		defer stream.Close()
		lines := lineReader{frames: bufio.NewReader(stream), begun: map[driver.Stream]*driver.LogLine{}}
		for {
			line, err := lines.next()
			if errors.Is(err, io.EOF) {
				lines.rest(yield)
				return
			}
			if err != nil {
				yield(driver.LogLine{}, e.fail("read logs of instance", hostID, err))
				return
			}
			if line != nil && !yield(*line, nil) {
				return
			}
		}
	}
}

func logsOptions(opts driver.LogOptions) container.LogsOptions {
	options := container.LogsOptions{ShowStdout: true, ShowStderr: true, Timestamps: true, Follow: opts.Follow}
	if !opts.Since.IsZero() {
		options.Since = opts.Since.Format(time.RFC3339Nano)
	}
	if opts.Tail > 0 {
		options.Tail = strconv.Itoa(opts.Tail)
	}
	return options
}

// lineReader makes lines of the engine's frames: a header of eight bytes, whose
// first is the stream and whose last four are the length, and the payload. Each
// payload is one entry of the log: a timestamp and up to 16 KiB of a line.
type lineReader struct {
	frames *bufio.Reader
	begun  map[driver.Stream]*driver.LogLine // lines whose end has not come yet
}

// next reads one frame, and returns the line that it ended, if it did.
func (r lineReader) next() (*driver.LogLine, error) {
	stream, payload, err := r.frame()
	if err != nil {
		return nil, err
	}
	timestamp, text, _ := strings.Cut(payload, " ")
	line := r.begun[stream]
	if line == nil {
		line = &driver.LogLine{Stream: stream, Time: parseTime(timestamp)}
		r.begun[stream] = line
	}
	text, ended := strings.CutSuffix(text, "\n")
	line.Text += text
	if !ended && len(line.Text) < maxLine {
		return nil, nil
	}
	delete(r.begun, stream)
	return line, nil
}

func (r lineReader) frame() (driver.Stream, string, error) {
	var header [8]byte
	if _, err := io.ReadFull(r.frames, header[:]); err != nil {
		return "", "", err // io.EOF between two frames is the end
	}
	size := binary.BigEndian.Uint32(header[4:])
	if size > maxFrame {
		return "", "", fmt.Errorf("a log entry of %d bytes", size)
	}
	payload := make([]byte, size)
	if _, err := io.ReadFull(r.frames, payload); err != nil {
		return "", "", io.ErrUnexpectedEOF
	}
	switch header[0] {
	case 2:
		return driver.Stderr, string(payload), nil
	case 3: // the engine's own error, in the stream
		return "", "", errors.New(string(payload))
	}
	return driver.Stdout, string(payload), nil
}

// rest yields the lines that never ended.
func (r lineReader) rest(yield func(driver.LogLine, error) bool) {
	for _, stream := range []driver.Stream{driver.Stdout, driver.Stderr} {
		if line := r.begun[stream]; line != nil && !yield(*line, nil) {
			return
		}
	}
}
