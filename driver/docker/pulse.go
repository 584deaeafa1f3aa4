package docker

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/internal/engine"
)

// pingTimeout is how long an engine may take to say that it is there.
const pingTimeout = 5 * time.Second

// pulse asks an engine whether it is there, once for all streams that want to know
// at about the same time. Make it with newPulse.
type pulse struct {
	engine  *engine.Engine
	silence time.Duration // how long a stream is silent before it wants to know
	token   chan struct{} // holds a value while nobody asks; guards what follows
	asked   time.Time
	err     error // what the answer was
}

func newPulse(e *engine.Engine) *pulse {
	p := &pulse{engine: e, silence: silence, token: make(chan struct{}, 1)}
	p.token <- struct{}{}
	return p
}

// feel returns why the engine does not answer, or nil.
func (p *pulse) feel(ctx context.Context) error {
	select {
	case <-p.token:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { p.token <- struct{}{} }()
	if time.Since(p.asked) < p.silence/2 {
		return p.err
	}
	err := answered(ctx, pingTimeout, p.engine.Ping)
	if ctx.Err() == nil { // else it is the one who asked that has left
		p.asked, p.err = time.Now(), err
	}
	return err
}

// answered makes a call that the engine has to answer in time. The bound is ours, so
// that it is no error of the caller's context, but of the engine.
func answered(ctx context.Context, bound time.Duration, call func(context.Context) error) error {
	bounded, cancel := context.WithTimeout(ctx, bound)
	defer cancel()
	err := call(bounded)
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		return noAnswer(bound)
	}
	return err
}

func noAnswer(bound time.Duration) error {
	return &dockerhv.Error{
		Class: dockerhv.ErrUnavailable, Err: fmt.Errorf("no answer in %v", bound),
		Next: "check that the Docker Engine is not stuck and that the network is up",
	}
}
