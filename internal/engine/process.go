package engine

import (
	"context"
	"time"

	"github.com/dockerhv/dockerhv/driver"
)

// Process is what an engine knows of a container's first process.
type Process struct {
	PID int // on the host; 0 if it does not run
	// StopGrace is how long a stop waits that sets no grace.
	StopGrace time.Duration
}

// Process looks at a container's first process.
func (e *Engine) Process(ctx context.Context, hostID string) (Process, error) {
	c, err := e.inspect(ctx, hostID)
	if err != nil {
		return Process{}, err
	}
	p := Process{PID: c.State.Pid, StopGrace: driver.DefaultStopGrace}
	if c.Config.StopTimeout != nil {
		p.StopGrace = time.Duration(*c.Config.StopTimeout) * time.Second
	}
	return p, nil
}
