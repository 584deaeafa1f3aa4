package discovery

import (
	"cmp"
	"math/rand/v2"
	"time"
)

// Backoff says how long to wait before a host is tried again: a random time from none
// up to First, then up to twice that, and so on up to Last, so that a thousand hosts
// that were lost at once don't come back at once.
type Backoff struct {
	// First bounds the first pause; 0 means 1 second.
	First time.Duration
	// Last bounds all pauses; 0 means 1 minute, CloudStack's investigate.retry.interval.
	Last time.Duration
}

// Pause returns how long to wait after so many tries in a row that failed, from 1.
func (b Backoff) Pause(failed int) time.Duration {
	bound, last := cmp.Or(b.First, time.Second), cmp.Or(b.Last, time.Minute)
	for range failed - 1 {
		if bound >= last {
			break
		}
		bound *= 2
	}
	return rand.N(max(1, min(bound, last))) //nolint:gosec // it spreads load, and guards nothing
}
