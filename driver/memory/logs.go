package memory

import (
	"bytes"
	"context"
	"fmt"
	"iter"
	"strconv"
	"strings"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

// maxLine is how long a line may be before it comes in parts.
const maxLine = 1 << 20

// log is what an instance printed. The host's lock guards it.
type log struct {
	lines []driver.LogLine
	begun map[driver.Stream][]byte // lines whose end has not come yet
}

// printer is one of an instance's outputs.
type printer struct {
	i      *instance
	stream driver.Stream
}

// Write keeps what was printed, line by line.
func (w printer) Write(data []byte) (int, error) {
	h := w.i.image.host
	h.mu.Lock()
	defer h.mu.Unlock()
	l := w.i.log
	if l.begun == nil {
		l.begun = make(map[driver.Stream][]byte)
	}
	rest := append(l.begun[w.stream], data...)
	for {
		line, after, ended := bytes.Cut(rest, []byte("\n"))
		if !ended && len(line) < maxLine {
			break
		}
		if len(line) > maxLine {
			line, after = rest[:maxLine], rest[maxLine:]
		}
		l.lines = append(l.lines, driver.LogLine{Time: h.now(), Stream: w.stream, Text: string(line)})
		rest = after
	}
	l.begun[w.stream] = rest
	h.change()
	return len(data), nil
}

// flush ends the lines that never ended. The caller has the lock.
func (h *Host) flush(i *instance) {
	for _, stream := range []driver.Stream{driver.Stdout, driver.Stderr} {
		if rest := i.log.begun[stream]; len(rest) > 0 {
			i.log.lines = append(i.log.lines, driver.LogLine{Time: h.now(), Stream: stream, Text: string(rest)})
			delete(i.log.begun, stream)
		}
	}
}

// Logs yields the lines that an instance printed.
func (d *Driver) Logs(ctx context.Context, id string, opts driver.LogOptions) iter.Seq2[driver.LogLine, error] {
	const op = "read logs of instance"
	return func(yield func(driver.LogLine, error) bool) {
		var i *instance
		var next int
		err := d.call(ctx, op, id, func() error {
			return d.on(id, func(found *instance) (err error) {
				i = found
				next, err = found.first(opts)
				return err
			})
		})
		if err != nil {
			yield(driver.LogLine{}, err)
			return
		}
		for over := false; !over; {
			var lines []driver.LogLine
			if lines, over, err = d.host.printed(ctx, i, next, opts.Follow); err != nil {
				yield(driver.LogLine{}, d.name(op, id, err))
				return
			}
			for _, l := range lines {
				next++
				l.Cursor = fmt.Sprintf("%s/%d", i.hostID, next)
				if !yield(l, nil) {
					return
				}
			}
		}
	}
}

// first is the index of the first line that is asked for.
func (i *instance) first(opts driver.LogOptions) (int, error) {
	first, lines := 0, i.log.lines
	if opts.After != "" {
		hostID, index, _ := strings.Cut(opts.After, "/")
		behind, err := strconv.Atoi(index)
		if err != nil || behind < 0 {
			return 0, refuse(dockerhv.ErrInvalid, "take the cursor of a line", "%q is no cursor", opts.After)
		}
		if hostID == i.hostID {
			first = min(behind, len(lines))
		}
	}
	for first < len(lines) && lines[first].Time.Before(opts.Since) {
		first++
	}
	if opts.Tail > 0 {
		first = max(first, len(lines)-opts.Tail)
	}
	return first, nil
}

// printed returns the lines from one on, of which it waits for the first if it
// follows, and whether no more will come.
func (h *Host) printed(ctx context.Context, i *instance, next int, follow bool) (lines []driver.LogLine, over bool, err error) {
	away := false
	err = h.await(ctx, func() bool {
		lines, over, away = i.log.lines[next:], !follow || !i.state.Active(), h.away
		return len(lines) > 0 || over || away
	})
	switch {
	case err != nil:
		return nil, true, ended(ctx)
	case away:
		return nil, true, errAway()
	}
	return lines, over, nil
}
