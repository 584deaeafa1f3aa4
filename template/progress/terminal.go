package progress

import (
	"io"
	"slices"
	"sync"
	"time"

	"github.com/dockerhv/dockerhv/template"
)

// How often a terminal is drawn: frameInterval while something happens, and
// idleInterval to show that time passes.
const (
	frameInterval = 100 * time.Millisecond
	idleInterval  = time.Second
)

// Terminal draws one bar for each item and redraws them in place, at most ten
// times a second. An item that is done leaves a line with its time above the
// bars. It never hides the cursor nor fills the screen, so that a program that
// dies without Close leaves nothing to repair. Make one with [NewTerminal].
//
// It works in the background from the first Report until Close, so a slow
// terminal delays no installation.
type Terminal struct {
	w    io.Writer
	size func() (columns, rows int)

	mu     sync.Mutex
	live   []*item // in the order of their first record
	ended  []end   // not drawn yet
	fresh  bool    // a record came since the last frame
	closed bool
	stop   chan struct{} // nil until the first Report
	done   chan struct{}

	// Of the goroutine that draws, and of Close after it.
	drawn  int // lines below which the cursor stands, to be drawn over
	shown  time.Time
	writes error
}

var _ Renderer = (*Terminal)(nil)

// end is an item that needs its last line.
type end struct {
	*item
	at       time.Time
	finished bool
}

// NewTerminal returns a renderer that draws on a terminal of a size that may
// change. A nil size, or one of 0, means 80 columns and 24 rows.
func NewTerminal(w io.Writer, size func() (columns, rows int)) *Terminal {
	return &Terminal{w: w, size: size}
}

// Report draws the record with the next frame.
func (t *Terminal) Report(p template.Progress) {
	now := time.Now()
	p = clean(p)
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return
	}
	if t.stop == nil {
		t.stop, t.done = make(chan struct{}), make(chan struct{})
		go t.run(t.stop, t.done)
	}
	t.fresh = true
	i := t.index(p.Item, now)
	t.live[i].update(p, now)
	if p.Phase == template.Done {
		t.ended = append(t.ended, end{item: t.live[i], at: now, finished: true})
		t.live = slices.Delete(t.live, i, i+1)
	}
}

// index finds the live item of a name, or adds it.
func (t *Terminal) index(name string, now time.Time) int {
	for i, it := range t.live {
		if it.record.Item == name {
			return i
		}
	}
	t.live = append(t.live, &item{started: now})
	return len(t.live) - 1
}

// Close draws the last lines, of what is not done too, and leaves the cursor
// below them. It returns the first error of writing.
func (t *Terminal) Close() error {
	t.mu.Lock()
	first := !t.closed
	t.closed = true
	stop, done := t.stop, t.done
	t.mu.Unlock()
	if stop == nil {
		return nil
	}
	if first {
		close(stop)
	}
	<-done
	return t.writes
}

// run draws until it is told to stop.
func (t *Terminal) run(stop <-chan struct{}, done chan<- struct{}) {
	defer close(done)
	tick := time.NewTicker(frameInterval)
	defer tick.Stop()
	for {
		select {
		case now := <-tick.C:
			t.draw(now)
		case <-stop:
			t.abandon()
			t.draw(time.Now())
			return
		}
	}
}

// abandon gives each live item its last line.
func (t *Terminal) abandon() {
	now := time.Now()
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, it := range t.live {
		t.ended = append(t.ended, end{item: it, at: now})
	}
	t.live, t.fresh = nil, true
}

// draw writes a frame if there is something to show. It does not hold the lock
// while it writes. After an error of writing it does nothing.
func (t *Terminal) draw(now time.Time) {
	t.mu.Lock()
	if t.writes != nil || !t.fresh && (len(t.live) == 0 || now.Sub(t.shown) < idleInterval) {
		t.mu.Unlock()
		return
	}
	above, bars := t.lines(now)
	t.fresh, t.ended = false, nil
	t.mu.Unlock()

	_, t.writes = io.WriteString(t.w, frame(t.drawn, append(above, bars...)))
	t.drawn, t.shown = len(bars), now
}
