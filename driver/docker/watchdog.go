package docker

import (
	"context"
	"time"
)

// silence is how long a stream may say nothing before the engine is asked whether it
// is there: a dead host leaves a stream open for ever.
const silence = 10 * time.Second

// watchdog ends a stream whose host does not answer any more.
type watchdog struct {
	sign chan struct{} // has a value when the stream was heard
	done chan struct{} // closed when the goroutine has ended
	stop context.CancelFunc
}

func newWatchdog(ctx context.Context, p *pulse, bite context.CancelCauseFunc) watchdog {
	ctx, stop := context.WithCancel(ctx)
	d := watchdog{sign: make(chan struct{}, 1), done: make(chan struct{}), stop: stop}
	go func() {
		defer close(d.done)
		d.watch(ctx, p, bite)
	}()
	return d
}

func (d watchdog) watch(ctx context.Context, p *pulse, bite context.CancelCauseFunc) {
	tick := time.NewTimer(p.silence)
	defer tick.Stop()
	for {
		select {
		case <-d.sign:
		case <-tick.C:
			if err := p.feel(ctx); err != nil {
				bite(err)
				return
			}
		case <-ctx.Done():
			return
		}
		tick.Reset(p.silence)
	}
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
