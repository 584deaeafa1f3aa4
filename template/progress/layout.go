package progress

import (
	"fmt"
	"strings"
	"time"

	"github.com/dockerhv/dockerhv/template"
)

// The columns of a bar's fields, without the spaces between them.
const (
	markWidth    = 2  // "✓ "
	phaseWidth   = 11 // "downloading"
	percentWidth = 4  // "100%"
	countWidth   = 13 // "10.1MB/20.2MB"
	elapsedWidth = 5  // "1h02m"
	rateWidth    = 8  // "10.1MB/s"
	etaWidth     = 9  // "eta 1h02m"
	barMinimum   = 8  // a shorter bar says less than the percentage
	barMaximum   = 30
)

// etaMaximum is what nobody waits for: such a time is not told.
const etaMaximum = 24 * time.Hour

// layout is what has room in a line. All bars of a frame share one, so that their
// fields stand below each other.
type layout struct {
	line int // columns of the whole line
	name int // columns of the name
	bar  int // columns of the bar; 0 means none
	rate bool
	eta  bool
}

// newLayout fits the fields into a terminal of so many columns. What does not
// fit goes in this order: the rate, the time that is left, the bar.
func newLayout(terminal, longestName int) layout {
	// A text in the last column would wrap on some terminals.
	l := layout{line: max(1, terminal-1), name: min(longestName, max(8, terminal/3)), rate: true, eta: true}
	room := l.line - markWidth - l.name - 1 - phaseWidth - 1 - percentWidth - 1 - countWidth - 1 - elapsedWidth
	fits := func() bool {
		l.bar = room - 1
		if l.rate {
			l.bar -= 1 + rateWidth
		}
		if l.eta {
			l.bar -= 1 + etaWidth
		}
		return l.bar >= barMinimum
	}
	for _, drop := range []func(){func() {}, func() { l.rate = false }, func() { l.eta = false }} {
		if drop(); fits() {
			l.bar = min(l.bar, barMaximum)
			return l
		}
	}
	l.bar = 0
	return l
}

// live is the line of an item that is being installed.
func (l layout) live(it *item, now time.Time) string {
	p := it.record
	percent, known := it.percentage()
	fields := []string{pad(p.Item, l.name), pad(string(p.Phase), phaseWidth)}
	if l.bar > 0 {
		fields = append(fields, l.drawBar(percent, known))
	}
	written := ""
	if known {
		written = fmt.Sprintf("%d%%", percent)
	}
	fields = append(fields, padLeft(written, percentWidth), padLeft(it.count("/"), countWidth),
		padLeft(duration(now.Sub(it.started)), elapsedWidth))
	fields = append(fields, l.speed(it, now)...)
	if p.Detail != "" {
		fields = append(fields, p.Detail)
	}
	return l.fit("  " + strings.Join(fields, " "))
}

// speed is the rate and the time that is left, as far as they are known and fit.
// Steps have neither: no two are equal.
func (l layout) speed(it *item, now time.Time) []string {
	p := it.record
	rate := it.rate(now)
	if p.Unit != template.Bytes || p.Current <= 0 {
		return nil
	}
	var fields []string
	if l.rate {
		fields = append(fields, padLeft(size(rate)+"/s", rateWidth))
	}
	if l.eta {
		eta := ""
		if left := float64(p.Total-p.Current) / rate; left > 0 && left < etaMaximum.Seconds() {
			eta = "eta " + duration(time.Duration(left*float64(time.Second)))
		}
		fields = append(fields, pad(eta, etaWidth))
	}
	return fields
}

// drawBar is "[====>    ]", or as many spaces.
func (l layout) drawBar(percent int, known bool) string {
	if !known {
		return strings.Repeat(" ", l.bar)
	}
	inside := l.bar - 2
	full := inside * percent / 100
	bar := strings.Repeat("=", full)
	if full < inside {
		bar += ">"
	}
	return "[" + pad(bar, inside) + "]"
}

// done is the last line of an item that was installed.
func (l layout) done(it *item, at time.Time) string {
	return l.fit("✓ " + pad(it.record.Item, l.name) + " done in " + duration(at.Sub(it.started)))
}

// unfinished is the last line of an item whose installation ended otherwise.
func (l layout) unfinished(it *item, at time.Time) string {
	how := string(it.record.Phase)
	if percent, ok := it.percentage(); ok {
		how += fmt.Sprintf(" at %d%%", percent)
	}
	return l.fit("✗ " + pad(it.record.Item, l.name) + " ended while " + how + " after " + duration(at.Sub(it.started)))
}

func (l layout) fit(s string) string { return truncate(strings.TrimRight(s, " "), l.line) }
