package tarfile

import (
	"time"

	"github.com/dockerhv/dockerhv/template"
)

// interval is the time between two records of the same phase.
const interval = 100 * time.Millisecond

// reporter reports an installation's progress, from the goroutine that reads.
type reporter struct {
	report func(template.Progress)
	item   string
	phase  template.Phase
	total  int64 // bytes; 0 is unknown
	last   time.Time
}

func newReporter(report func(template.Progress), item string, phase template.Phase) *reporter {
	return &reporter{report: report, item: item, phase: phase}
}

// count reports how much was read, if the last report is old enough.
func (r *reporter) count(current int64) {
	if r.report == nil {
		return
	}
	if now := time.Now(); now.Sub(r.last) >= interval {
		r.last = now
		r.send(current)
	}
}

// finish reports the last byte.
func (r *reporter) finish(current int64) {
	if r.report != nil {
		r.send(current)
	}
}

func (r *reporter) send(current int64) {
	r.report(template.Progress{
		Item: r.item, Phase: r.phase, Current: current, Total: r.total, Unit: template.Bytes,
	})
}

// enter reports a phase that counts nothing.
func (r *reporter) enter(phase template.Phase) {
	if r.report != nil {
		r.report(template.Progress{Item: r.item, Phase: phase})
	}
}
