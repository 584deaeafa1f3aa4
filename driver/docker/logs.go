package docker

import (
	"context"
	"errors"
	"io"
	"iter"
	"time"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/internal/engine"
)

// Logs yields the lines that an instance printed. One that is followed goes on when the
// engine is back after it was away: it waits for it as long as the context lives.
//
// It holds one connection. Engines read their logs from the beginning even for the last
// lines of a time, so that a cursor costs the host a pass over what it keeps.
func (d *Driver) Logs(ctx context.Context, id string, opts driver.LogOptions) iter.Seq2[driver.LogLine, error] {
	return func(yield func(driver.LogLine, error) bool) {
		const op = "read logs of instance"
		var last error
		ctx, end := d.read(ctx, op, id)
		defer end(&last)
		err := d.logs(ctx, id, opts, func(line driver.LogLine) bool { return yield(line, nil) })
		if err != nil && !errors.Is(err, errBrokenOff) {
			last = d.closed(ctx, op, id, d.name(op, id, givenUp(ctx, err)))
			yield(driver.LogLine{}, last)
		}
	}
}

// errBrokenOff is that nobody wants any more lines.
var errBrokenOff = errors.New("broken off")

func (d *Driver) logs(ctx context.Context, id string, opts driver.LogOptions, yield func(driver.LogLine) bool) error {
	hostID, err := d.find(ctx, id)
	if err != nil {
		return err
	}
	l := logs{driver: d, hostID: hostID, opts: opts, yield: yield}
	if err := l.place(); err != nil {
		return err
	}
	for pause := firstRetry; ; pause = min(2*pause, lastRetry) {
		progress, err := l.read(ctx)
		if err == nil && opts.Follow {
			err = l.readEnd(ctx)
		}
		if !opts.Follow || !l.opened || !errors.Is(err, dockerhv.ErrUnavailable) {
			return err
		}
		if progress {
			pause = firstRetry
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// logs is what one caller reads.
type logs struct {
	driver *Driver
	hostID string
	opts   driver.LogOptions
	yield  func(driver.LogLine) bool
	cursor cursor
	opened bool // once at least
	tail   bool // the beginning is known when the first line has come
}

// place finds where to begin.
func (l *logs) place() (err error) {
	l.cursor.hostID = l.hostID
	if l.opts.After != "" {
		c, err := parseCursor(l.opts.After)
		if err != nil {
			return err
		}
		if c.hostID == l.hostID { // else all that there is, is behind it
			l.cursor = c
		}
	}
	if !l.opts.Since.IsZero() {
		l.cursor.begin(l.opts.Since)
	}
	l.tail = l.opts.Tail > 0
	return nil
}

// read reads the log once, to its end, and tells whether it came to a line.
func (l *logs) read(ctx context.Context) (progress bool, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	opts := l.opts
	opts.Since = l.cursor.since()
	if l.opened && !l.tail {
		opts.Tail = 0 // it was read, and the cursor tells how far
	}
	stream, err := l.driver.engine.OpenLogs(ctx, l.hostID, opts)
	if err != nil {
		return false, err
	}
	defer stream.Close()
	l.opened = true
	heard := func() {}
	if opts.Follow {
		dog := newWatchdog(ctx, l.driver.pulse, cancel)
		defer dog.end()
		heard = dog.heard
	}
	pass := newReading(&l.cursor)
	for {
		piece, err := stream.Next()
		switch {
		case errors.Is(err, io.EOF):
			return true, l.rest(stream, &pass)
		case err != nil && context.Cause(ctx) != nil:
			return progress, context.Cause(ctx) // the watchdog's reason
		case err != nil:
			return progress, err
		}
		heard()
		progress = true
		if err := l.take(stream, &pass, piece); err != nil {
			return true, err
		}
	}
}

// readEnd reads what came after the last line of a log that was followed: at times an
// engine ends it as soon as the command has, before the last entries are in it.
func (l *logs) readEnd(ctx context.Context) error {
	l.opts.Follow = false
	defer func() { l.opts.Follow = true }()
	_, err := l.read(ctx)
	return err
}

// rest hands out what has not ended when the log does.
func (l *logs) rest(stream *engine.LogStream, pass *reading) error {
	for _, piece := range stream.Rest() {
		if err := l.take(stream, pass, piece); err != nil {
			return err
		}
	}
	return nil
}

// take hands out a piece, if it is behind the cursor.
func (l *logs) take(stream *engine.LogStream, pass *reading, piece engine.LogPiece) error {
	if l.tail {
		l.tail = false
		l.cursor.begin(piece.Time)
	}
	text, behind := pass.next(piece, stream.Begun(otherStream(piece.Stream)))
	if !behind {
		return nil
	}
	piece.Text, piece.Cursor = text, l.cursor.String()
	if !l.yield(piece.LogLine) {
		return errBrokenOff
	}
	return nil
}
