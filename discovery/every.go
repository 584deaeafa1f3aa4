package discovery

import (
	"context"
	"iter"
	"time"
)

// Every makes a watch of rounds, for who writes a [Watcher] that has to look again and
// again: the first at once, each next when the interval has passed since the one before.
// It ends when a round returns false, for nobody listens any more, or when the context
// does, which is its last error.
func Every(ctx context.Context, interval time.Duration, round func(yield func(Change, error) bool) bool) iter.Seq2[Change, error] {
	return func(yield func(Change, error) bool) {
		for round(yield) {
			select {
			case <-time.After(interval):
			case <-ctx.Done():
				yield(Change{}, context.Cause(ctx))
				return
			}
		}
	}
}
