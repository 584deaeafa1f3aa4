package engine

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/docker/docker/api/types/container"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

const opLogs = "read logs of instance"

// LogStream is what a container printed, and is printing if it is followed.
type LogStream struct {
	engine *Engine
	hostID string
	body   io.ReadCloser
	lines  lineReader
}

// OpenLogs opens what a container printed. A log driver that keeps nothing that could
// be read is errors.ErrUnsupported.
func (e *Engine) OpenLogs(ctx context.Context, hostID string, opts driver.LogOptions) (*LogStream, error) {
	body, err := e.cli.ContainerLogs(ctx, hostID, logsOptions(opts))
	if err != nil {
		return nil, e.unreadable(ctx, hostID, e.fail(opLogs, hostID, err))
	}
	return &LogStream{engine: e, hostID: hostID, body: body, lines: lineReader{bytes: bufio.NewReader(body)}}, nil
}

// Next returns the next line or part of one. The end is io.EOF: with the end of the
// container's command where it is followed.
func (s *LogStream) Next() (LogPiece, error) {
	piece, err := s.lines.next()
	if err != nil && !errors.Is(err, io.EOF) {
		err = s.engine.fail(opLogs, s.hostID, err)
	}
	return piece, err
}

// Rest returns what lines have begun and not ended.
func (s *LogStream) Rest() []LogPiece { return s.lines.rest() }

// Begun tells whether a line of a stream has begun and not ended.
func (s *LogStream) Begun(stream driver.Stream) bool { return s.lines.begun[stream] != nil }

// Close ends the reading.
func (s *LogStream) Close() error { return s.body.Close() }

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

// unreadable names the log driver that the engine says can't be read.
func (e *Engine) unreadable(ctx context.Context, hostID string, err error) error {
	if !errors.Is(err, errors.ErrUnsupported) {
		return err
	}
	c, inspectErr := e.cli.ContainerInspect(ctx, hostID)
	if inspectErr != nil {
		return err
	}
	return &dockerhv.Error{
		Op: opLogs, Host: e.endpoint.String(), ID: hostID, Class: errors.ErrUnsupported,
		Err:  fmt.Errorf("the log driver %q keeps nothing that could be read", c.HostConfig.LogConfig.Type),
		Next: `give the spec a log driver that does, such as "local"`,
	}
}
