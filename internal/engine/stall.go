package engine

import (
	"context"
	"fmt"
	"time"

	"github.com/dockerhv/dockerhv/template"
)

// stall ends a pull of which nothing was heard for too long.
type stall struct {
	bound  time.Duration
	timer  *time.Timer // nil for one that never ends
	cancel context.CancelCauseFunc
}

// newStall watches what is done with the context that it returns; 0 means DefaultStall,
// negative watches nothing. It must be ended.
func newStall(ctx context.Context, bound time.Duration) (*stall, context.Context) {
	if bound == 0 {
		bound = template.DefaultStall
	}
	ctx, cancel := context.WithCancelCause(ctx)
	s := &stall{bound: bound, cancel: cancel}
	if bound > 0 {
		s.timer = time.AfterFunc(bound, func() {
			cancel(&template.PullError{Reason: template.PullStalled, Err: fmt.Errorf("the registry sent nothing for %v", bound)})
		})
	}
	return s, ctx
}

// heard begins anew. While the engine is busy with what it has, nothing need come.
func (s *stall) heard(busy bool) {
	switch {
	case s.timer == nil:
	case busy:
		s.timer.Stop()
	default:
		s.timer.Reset(s.bound)
	}
}

func (s *stall) end() {
	if s.timer != nil {
		s.timer.Stop()
	}
	s.cancel(nil)
}
