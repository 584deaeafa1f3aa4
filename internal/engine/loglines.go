package engine

import (
	"bufio"

	"github.com/dockerhv/dockerhv/driver"
)

// maxLine is what is kept of a line before it is handed out in parts.
const maxLine = 1 << 20

// LogPiece is a line, or a part of one that is very long or has not ended yet.
type LogPiece struct {
	driver.LogLine
	Offset int  // of the text in its line, in bytes
	Ended  bool // the line ends with it
}

// lineReader makes lines of the entries of a log.
type lineReader struct {
	bytes   *bufio.Reader
	entries entries // nil until the first byte has told which it is
	begun   map[driver.Stream]*begunLine
	ready   []LogPiece
}

// begunLine is a line whose end has not come yet.
type begunLine struct {
	stamp  string
	text   []byte
	offset int // how much was handed out before the text
}

// next returns the next line, or io.EOF.
func (r *lineReader) next() (LogPiece, error) {
	for len(r.ready) == 0 {
		e, err := r.entry()
		if err != nil {
			return LogPiece{}, err
		}
		r.take(e)
	}
	piece := r.ready[0]
	r.ready = r.ready[1:]
	return piece, nil
}

func (r *lineReader) entry() (entry, error) {
	if r.entries == nil {
		first, err := r.bytes.Peek(1)
		if err != nil {
			return entry{}, err
		}
		r.begun = make(map[driver.Stream]*begunLine)
		if first[0] < '0' { // a stream's number; a time begins with a digit
			r.entries = muxed{r.bytes}
		} else {
			r.entries = &raw{bytes: r.bytes}
		}
	}
	return r.entries.next()
}

// take adds an entry to its line. All entries of a line have the time of the first, so
// that one with another time begins a line, also where the one before has not ended:
// a command may print no line break at its end, and be started anew.
func (r *lineReader) take(e entry) {
	line := r.begun[e.stream]
	if line != nil && line.stamp != e.stamp {
		r.ready = append(r.ready, line.piece(e.stream, true))
		line = nil
	}
	if line == nil {
		line = &begunLine{stamp: e.stamp}
		r.begun[e.stream] = line
	}
	line.text = append(line.text, e.text...)
	switch {
	case e.ended:
		r.ready = append(r.ready, line.piece(e.stream, true))
		delete(r.begun, e.stream)
	case len(line.text) >= maxLine:
		r.ready = append(r.ready, line.piece(e.stream, false))
		line.offset += len(line.text)
		line.text = line.text[:0]
	}
}

func (l *begunLine) piece(stream driver.Stream, ended bool) LogPiece {
	return LogPiece{
		LogLine: driver.LogLine{Time: parseTime(l.stamp), Stream: stream, Text: string(l.text)},
		Offset:  l.offset, Ended: ended,
	}
}

// rest returns the lines that have not ended.
func (r *lineReader) rest() []LogPiece {
	var rest []LogPiece
	for _, stream := range []driver.Stream{driver.Stdout, driver.Stderr} {
		if line := r.begun[stream]; line != nil {
			rest = append(rest, line.piece(stream, false))
		}
	}
	return rest
}
