package progress

import (
	"fmt"
	"time"

	"github.com/dockerhv/dockerhv/template"
)

// rateWindow is how far a rate looks back, so that it follows a change within
// seconds and does not flicker; a rate of less than rateMinimum is no rate yet.
const (
	rateWindow  = 5 * time.Second
	rateMinimum = 500 * time.Millisecond
)

// item is what is known of one item.
type item struct {
	record  template.Progress // the newest
	started time.Time         // of the item's first record
	samples []sample          // of the current phase, oldest first
}

// sample is how far a phase had come.
type sample struct {
	at      time.Time
	current int64
}

// update takes the newest record, and tells whether it begins a phase.
func (it *item) update(p template.Progress, now time.Time) (changed bool) {
	changed = it.samples == nil || p.Phase != it.record.Phase
	it.record = p
	if changed {
		it.samples = append(it.samples[:0], sample{now, p.Current})
	}
	return changed
}

// percentage tells how much of the phase is done, if its end is known.
func (it *item) percentage() (percent int, ok bool) {
	p := it.record
	if p.Total <= 0 {
		return 0, false
	}
	return int(100 * float64(min(max(p.Current, 0), p.Total)) / float64(p.Total)), true
}

// count is "current of total" with the unit, or "current" alone, or "".
func (it *item) count(of string) string {
	p := it.record
	write := func(n int64) string { return fmt.Sprint(max(n, 0)) }
	if p.Unit == template.Bytes {
		write = func(n int64) string { return size(float64(n)) }
	}
	switch {
	case p.Total > 0:
		return write(p.Current) + of + write(p.Total)
	case p.Current > 0:
		return write(p.Current)
	}
	return ""
}

// rate is how many units a second the phase has come on lately, or 0 if that is
// not known. It notes how far the phase is, so ask it with every frame.
func (it *item) rate(now time.Time) float64 {
	it.samples = append(it.samples, sample{now, it.record.Current})
	for len(it.samples) > 2 && now.Sub(it.samples[1].at) >= rateWindow {
		it.samples = it.samples[1:]
	}
	oldest := it.samples[0]
	took := now.Sub(oldest.at)
	if took < rateMinimum {
		return 0
	}
	return max(0, float64(it.record.Current-oldest.current)/took.Seconds())
}
