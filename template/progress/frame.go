package progress

import (
	"fmt"
	"strings"
	"time"
)

// lines returns the lines that stay, and the bars below them.
func (t *Terminal) lines(now time.Time) (above, bars []string) {
	columns, rows := t.dimensions()
	l := newLayout(columns, t.longestName())
	for _, e := range t.ended {
		if e.finished {
			above = append(above, l.done(e.item, e.at))
		} else {
			above = append(above, l.unfinished(e.item, e.at))
		}
	}
	// What has scrolled off the screen can't be drawn over, and the cursor needs a
	// row of its own.
	room := max(1, rows-1)
	for i, it := range t.live {
		if i == room-1 && len(t.live) > room {
			bars = append(bars, l.fit(fmt.Sprintf("  … and %d more", len(t.live)-i)))
			break
		}
		bars = append(bars, l.live(it, now))
	}
	return above, bars
}

func (t *Terminal) dimensions() (columns, rows int) {
	if t.size != nil {
		columns, rows = t.size()
	}
	if columns <= 0 {
		columns = 80
	}
	if rows <= 0 {
		rows = 24
	}
	return columns, rows
}

func (t *Terminal) longestName() int {
	longest := 0
	for _, it := range t.live {
		longest = max(longest, displayWidth(it.record.Item))
	}
	for _, e := range t.ended {
		longest = max(longest, displayWidth(e.record.Item))
	}
	return longest
}

// The sequences of ECMA-48 and DEC that a frame uses.
const (
	cursorUp    = "\x1b[%dA"
	clearLine   = "\x1b[K" // from the cursor to the line's end
	clearBelow  = "\x1b[J" // from the cursor to the screen's end
	wrapOff     = "\x1b[?7l"
	wrapOn      = "\x1b[?7h"
	endOfLine   = "\r\n" // the carriage return is for a terminal in raw mode
	startOfLine = "\r"
)

// frame draws lines over the last ones of the frame before. It is one text, so
// that it reaches the terminal at once. A line whose columns a terminal counts
// otherwise than we do is cut off rather than wrapped.
func frame(over int, lines []string) string {
	var b strings.Builder
	b.WriteString(wrapOff + startOfLine)
	if over > 0 {
		fmt.Fprintf(&b, cursorUp, over)
	}
	for _, line := range lines {
		b.WriteString(line + clearLine + endOfLine)
	}
	b.WriteString(clearBelow + wrapOn)
	return b.String()
}
