package engine

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"regexp"

	"github.com/dockerhv/dockerhv/driver"
)

// entry is one entry of the engine's log: a line, or up to 16 KiB of one.
type entry struct {
	stream driver.Stream
	stamp  string // when its line began, as the engine writes it
	text   []byte // valid until the next
	ended  bool   // the line ends with it
}

// entries are read from one of the two forms in which an engine sends a log.
type entries interface {
	// next returns the next entry, or io.EOF.
	next() (entry, error)
}

// muxed is the log of a container without a terminal: for each entry a header of
// eight bytes, whose first is the stream and whose last four are the length, and the
// payload.
type muxed struct{ bytes *bufio.Reader }

// maxFrame is only a guard: an entry of the log is 16 KiB.
const maxFrame = 16 << 20

func (m muxed) next() (entry, error) {
	var header [8]byte
	if _, err := io.ReadFull(m.bytes, header[:]); err != nil {
		return entry{}, err // io.EOF between two frames is the end
	}
	size := binary.BigEndian.Uint32(header[4:])
	if size > maxFrame {
		return entry{}, fmt.Errorf("a log entry of %d bytes", size)
	}
	payload := make([]byte, size)
	if _, err := io.ReadFull(m.bytes, payload); err != nil {
		return entry{}, io.ErrUnexpectedEOF
	}
	stream := driver.Stdout
	switch header[0] {
	case 2:
		stream = driver.Stderr
	case 3: // the engine's own error, in the stream
		return entry{}, errors.New(string(payload))
	}
	stamp, text, _ := bytes.Cut(payload, []byte(" "))
	text, ended := bytes.CutSuffix(text, []byte("\n"))
	return entry{stream, string(stamp), text, ended}, nil
}

// raw is the log of a container with a terminal: nothing but the payloads. Where one
// ends without a line break, only the next one's time parts them: the same for the next
// part of a line, a later one after the command was started anew. A time that the
// command itself printed is not later than its entry's.
type raw struct {
	bytes *bufio.Reader
	rest  []byte // read and not handed out yet
	ended bool   // the line ends with the rest
	over  bool   // all ends with the rest
	stamp string // of the line that goes on; empty at the beginning of one
}

// stampPattern is a time as the engine writes it before each entry.
var stampPattern = regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z `)

// stampSize is the length of a time, with the space behind it.
const stampSize = len("2006-01-02T15:04:05.000000000Z ")

func (r *raw) next() (entry, error) {
	for len(r.rest) < stampSize && !r.ended && !r.over {
		if err := r.read(); err != nil {
			return entry{}, err
		}
	}
	if len(r.rest) == 0 && !r.ended {
		return entry{}, io.EOF
	}
	if r.stamp == "" && len(r.rest) >= stampSize && stampPattern.Match(r.rest[:stampSize]) {
		r.stamp, r.rest = string(r.rest[:stampSize-1]), r.rest[stampSize:]
	}
	e := entry{stream: driver.Stdout, stamp: r.stamp}
	for from := 0; ; {
		at := stampPattern.FindIndex(r.rest[from:])
		if at == nil {
			return r.last(e), nil
		}
		begin, end := from+at[0], from+at[1]
		switch found := string(r.rest[begin : end-1]); {
		case found == r.stamp:
			e.text, r.rest = r.rest[:begin], r.rest[end:]
			return e, nil
		case found > r.stamp:
			e.text, r.rest, r.stamp = r.rest[:begin], r.rest[begin:], ""
			return e, nil
		}
		from = end
	}
}

// last hands out the rest, but for what may be the beginning of a time.
func (r *raw) last(e entry) entry {
	e.text, e.ended = r.rest, r.ended
	switch {
	case r.ended:
		e.text = bytes.TrimSuffix(e.text, []byte("\r"))
		r.rest, r.stamp, r.ended = nil, "", false
	case r.over:
		r.rest = nil
	default:
		keep := max(0, len(r.rest)-stampSize+1)
		e.text, r.rest = r.rest[:keep], r.rest[keep:]
	}
	return e
}

// read reads up to a line break, or as much as there is room for.
func (r *raw) read() error {
	more, err := r.bytes.ReadSlice('\n')
	r.rest = append(bytes.Clone(r.rest), more...) // what was handed out is in use
	switch {
	case err == nil:
		r.rest, r.ended = r.rest[:len(r.rest)-1], true
	case errors.Is(err, io.EOF):
		r.over = true
	case !errors.Is(err, bufio.ErrBufferFull):
		return err
	}
	return nil
}
