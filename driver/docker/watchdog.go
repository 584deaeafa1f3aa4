package docker

import (
	"context"
	"time"

	"github.com/dockerhv/dockerhv/internal/engine"
)

// watchdog ends a stream whose host does not answer any more.
type watchdog struct {
	sign chan struct{} // has a value when the stream was heard
	done chan struct{} // closed when the goroutine has ended
	stop context.CancelFunc
}

func newWatchdog(ctx context.Context, e *engine.Engine, bite context.CancelCauseFunc) watchdog {
	ctx, stop := context.WithCancel(ctx)
	d := watchdog{sign: make(chan struct{}, 1), done: make(chan struct{}), stop: stop}
	go func() {
		defer close(d.done)
		d.watch(ctx, e, bite)
	}()
	return d
}

func (d watchdog) watch(ctx context.Context, e *engine.Engine, bite context.CancelCauseFunc) {
	tick := time.NewTimer(silence)
	defer tick.Stop()
	for {
		select {
		case <-d.sign:
		case <-tick.C:
			if err := ping(ctx, e); err != nil {
				bite(err)
				return
			}
		case <-ctx.Done():
			return
		}
		tick.Reset(silence)
	}
}

func ping(ctx context.Context, e *engine.Engine) error {
	ctx, cancel := context.WithTimeout(ctx, pingTimeout)
	defer cancel()
	return e.Ping(ctx)
}

// heard tells the dog that the stream is alive.
func (d watchdog) heard() {
	select {
	case d.sign <- struct{}{}:
	default:
	}
}

// end ends the dog, and returns when it is gone.
func (d watchdog) end() {
	d.stop()
	<-d.done
}
