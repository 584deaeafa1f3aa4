package docker

import (
	"fmt"
	"strings"
	"time"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/internal/engine"
)

// disorder is how much older than the newest an entry can be that a log gets: the two
// streams are written by two goroutines of the engine, each in the order of time.
const disorder = 10 * time.Second

// position is up to where a stream was read: past all lines before a time, so many of
// that very time, and so many bytes of the next. The zero value is the beginning.
type position struct {
	time   int64 // in nanoseconds since 1970
	lines  int
	offset int
}

// cursor is up to where the log of a container was read. Times alone would not do: lines
// can have the same one, and the streams are not in order with each other.
type cursor struct {
	hostID   string
	out, err position
}

// String is the cursor as callers keep it.
func (c cursor) String() string {
	return fmt.Sprintf("1:%s:%d.%d.%d:%d.%d.%d", c.hostID,
		c.out.time, c.out.lines, c.out.offset, c.err.time, c.err.lines, c.err.offset)
}

func parseCursor(text string) (c cursor, err error) {
	fields := strings.Split(text, ":")
	ok := len(fields) == 4 && fields[0] == "1"
	if ok {
		c.hostID = fields[1]
		ok = c.out.parse(fields[2]) && c.err.parse(fields[3])
	}
	if !ok {
		return cursor{}, &dockerhv.Error{Class: dockerhv.ErrInvalid, Err: &dockerhv.FieldError{
			Field: "after", Reason: fmt.Sprintf("%q is no cursor of this driver; take a LogLine's", text),
		}}
	}
	return c, nil
}

func (p *position) parse(text string) bool {
	n, err := fmt.Sscanf(text, "%d.%d.%d", &p.time, &p.lines, &p.offset)
	return n == 3 && err == nil && *p == position{max(p.time, 0), max(p.lines, 0), max(p.offset, 0)}
}

// of is the position in a stream.
func (c *cursor) of(s driver.Stream) *position {
	if s == driver.Stderr {
		return &c.err
	}
	return &c.out
}

// since is the time from which the log has to be read again; zero means from its
// beginning.
func (c *cursor) since() time.Time {
	oldest := min(c.out.time, c.err.time)
	if oldest == 0 {
		return time.Time{}
	}
	return time.Unix(0, oldest)
}

// begin puts the beginning no earlier than a time.
func (c *cursor) begin(t time.Time) {
	for _, p := range []*position{&c.out, &c.err} {
		if nanos := t.UnixNano(); p.time < nanos {
			*p = position{time: nanos}
		}
	}
}

// reading is one pass over a log, from the oldest position of a cursor on. It counts the
// lines of each time, to find the cursor's, and moves the cursor.
type reading struct {
	cursor *cursor
	at     map[driver.Stream]*position // where the pass is
	passed map[driver.Stream]bool      // it has come to what is behind the cursor
}

func newReading(c *cursor) reading {
	return reading{
		cursor: c, at: map[driver.Stream]*position{driver.Stdout: {}, driver.Stderr: {}},
		passed: make(map[driver.Stream]bool, 2),
	}
}

// next moves on by a piece, and returns what of it is behind the cursor. Whether the
// other stream has begun a line is to be known, too: that may be older.
func (r *reading) next(piece engine.LogPiece, othersBegun bool) (text string, behind bool) {
	at, done := r.at[piece.Stream], r.cursor.of(piece.Stream)
	if nanos := piece.Time.UnixNano(); nanos != at.time && !piece.Time.IsZero() {
		*at = position{time: nanos}
	}
	text = piece.Text
	if at.time == done.time && at.lines == done.lines {
		text = text[min(len(text), max(0, done.offset-piece.Offset)):]
	}
	at.offset = piece.Offset + len(piece.Text)
	empty := at.offset == 0
	if piece.Ended {
		at.lines, at.offset = at.lines+1, 0
	}
	// Once it is behind the cursor all is, also where the host's clock was put back.
	if !r.passed[piece.Stream] && !done.before(*at) {
		return "", false
	}
	*done, r.passed[piece.Stream] = *at, true
	// The other stream has nothing any more that is much older, so that it need not be
	// read again from its own last line.
	other := r.cursor.of(otherStream(piece.Stream))
	if old := at.time - int64(disorder); !othersBegun && other.time < old {
		*other = position{time: old}
	}
	return text, text != "" || empty
}

// before tells whether a position is before another.
func (p position) before(q position) bool {
	switch {
	case p.time != q.time:
		return p.time < q.time
	case p.lines != q.lines:
		return p.lines < q.lines
	}
	return p.offset < q.offset
}

func otherStream(s driver.Stream) driver.Stream {
	if s == driver.Stdout {
		return driver.Stderr
	}
	return driver.Stdout
}
