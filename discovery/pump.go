package discovery

import (
	"context"
	"iter"

	"github.com/dockerhv/dockerhv/driver"
)

// backlog is how many reports may wait to be heard at once.
const backlog = 256

// report is what one of those that a combined watch listens to has told.
type report struct {
	source int
	change Change
	err    error
	ended  bool // the source's watch is over

	seen *look // what came of a candidate that was looked at
}

// look is what came of looking at a candidate.
type look struct {
	candidate *candidate
	host      driver.Host
	err       error
}

// pump passes on what a watch tells until the context ends.
func pump(ctx context.Context, watch iter.Seq2[Change, error], source int, to chan<- report) {
	for c, err := range watch {
		if ctx.Err() != nil || !send(ctx, report{source: source, change: c, err: err}, to) {
			return
		}
	}
	send(ctx, report{source: source, ended: true}, to)
}

// send returns false when the context has ended.
func send(ctx context.Context, r report, to chan<- report) bool {
	select {
	case to <- r:
		return true
	case <-ctx.Done():
		return false
	}
}

// receive waits for reports and returns all that there are, so that many are weighed at
// once; nil means that the context has ended.
func receive(ctx context.Context, from <-chan report) (reports []report) {
	select {
	case r := <-from:
		reports = append(reports, r)
	case <-ctx.Done():
		return nil
	}
	for len(reports) < backlog {
		select {
		case r := <-from:
			reports = append(reports, r)
		default:
			return reports
		}
	}
	return reports
}
