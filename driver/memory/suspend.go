package memory

import (
	"context"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

// Suspend freezes an instance's command as if it were written to disk: it is at rest,
// and has no process.
func (d *Driver) Suspend(ctx context.Context, id string) error {
	return d.locked(ctx, "suspend instance", id, func() error {
		return d.on(id, func(i *instance) error {
			switch {
			case i.suspended != nil:
				return nil
			case i.state != driver.Running:
				return refuse(dockerhv.ErrConflict, "start it first", "the instance is %s", i.state)
			}
			d.host.suspend(i)
			return nil
		})
	})
}

func (h *Host) suspend(i *instance) {
	for p := range i.run.execs {
		p.kill(exitKilled)
	}
	i.settle(h.now())
	i.run.frozen, i.suspended = true, i.run
	i.finished = h.now()
	i.state, i.ports = driver.Exited, nil
	i.exit = &driver.Exit{Code: exitKilled, Signal: driver.SIGKILL, Cause: driver.ExitSuspended, Time: i.finished}
	h.tell(i, driver.EventExited, exitKilled)
}

// Resume lets a suspended instance go on.
func (d *Driver) Resume(ctx context.Context, id string) error {
	return d.locked(ctx, "resume instance", id, func() error {
		return d.on(id, func(i *instance) error {
			switch {
			case i.state == driver.Running:
				return nil
			case i.suspended == nil:
				return refuse(dockerhv.ErrConflict, "start it", "the instance is not suspended")
			}
			if err := d.host.bind(i); err != nil {
				return err
			}
			i.run, i.suspended = i.suspended, nil
			i.run.frozen = false
			i.state, i.exit, i.started = driver.Running, nil, d.host.now()
			d.host.tell(i, driver.EventStarted, 0)
			return nil
		})
	})
}

// forget drops what was suspended, for the instance begins anew or is gone. The caller
// has the lock.
func (i *instance) forget() {
	if i.suspended == nil {
		return
	}
	i.suspended.dropped = true
	i.suspended.process.kill(exitKilled)
	i.suspended = nil
}
