package progress

import (
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/dockerhv/dockerhv/template"
)

// How much must happen within a phase before Plain writes another line of it.
const (
	plainPercent  = 10
	plainInterval = 5 * time.Second
)

// plainDetail bounds the detail of a plain line, in columns.
const plainDetail = 100

// Plain writes lines for a log: one for each phase of an item, and within a phase
// one for every ten percent or every five seconds. Make one with [NewPlain].
type Plain struct {
	w io.Writer

	mu     sync.Mutex
	items  map[string]*plainItem
	closed bool
	err    error
}

var _ Renderer = (*Plain)(nil)

// plainItem is what the last line of an item said.
type plainItem struct {
	item
	written time.Time
	percent int
}

// NewPlain returns a renderer that writes lines.
func NewPlain(w io.Writer) *Plain {
	return &Plain{w: w, items: make(map[string]*plainItem)}
}

// Report writes a line if the record says enough that is new. After an error of
// writing it does nothing.
func (r *Plain) Report(p template.Progress) {
	now := time.Now()
	p = clean(p)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed || r.err != nil {
		return
	}
	it := r.items[p.Item]
	if it == nil {
		it = &plainItem{item: item{started: now}}
		r.items[p.Item] = it
	}
	changed := it.update(p, now)
	percent, _ := it.percentage()
	if !changed && percent < it.percent+plainPercent && now.Sub(it.written) < plainInterval {
		return
	}
	it.written, it.percent = now, percent
	_, r.err = fmt.Fprintln(r.w, it.plain(now))
	if p.Phase == template.Done {
		delete(r.items, p.Item)
	}
}

// Close returns the first error of writing.
func (r *Plain) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	return r.err
}

// plain returns the line that says all of the item.
func (it *item) plain(now time.Time) string {
	p := it.record
	if p.Phase == template.Done {
		return fmt.Sprintf("%s: done in %s", p.Item, duration(now.Sub(it.started)))
	}
	line := p.Item
	if p.Phase != "" {
		line += ": " + string(p.Phase)
	}
	if percent, ok := it.percentage(); ok {
		line += fmt.Sprintf(" %d%%", percent)
	}
	if count := it.count(" of "); count != "" {
		line += " (" + count + ")"
	}
	if p.Detail != "" {
		line += ": " + truncate(p.Detail, plainDetail)
	}
	return line
}
