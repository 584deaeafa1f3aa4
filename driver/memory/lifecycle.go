package memory

import (
	"cmp"
	"context"
	"errors"
	"math"
	"time"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

// Start runs an instance's command.
func (d *Driver) Start(ctx context.Context, id string) error {
	return d.locked(ctx, "start instance", id, func() error {
		if err := d.endLost(ctx, id); err != nil {
			return err
		}
		return d.start(ctx, id)
	})
}

func (d *Driver) start(ctx context.Context, id string) error {
	return d.on(id, func(i *instance) error {
		if i.state.Active() {
			return nil
		}
		if err := d.host.start(ctx, i); err != nil {
			return err
		}
		i.join()
		return nil
	})
}

// Stop ends an instance's command: by its signal, and after the grace by force.
func (d *Driver) Stop(ctx context.Context, id string, opts driver.StopOptions) error {
	return d.locked(ctx, "stop instance", id, func() error {
		if err := d.stop(ctx, id, opts); !errors.Is(err, dockerhv.ErrNotFound) {
			return err
		}
		return nil
	})
}

// Restart stops an instance if it runs, and starts it.
func (d *Driver) Restart(ctx context.Context, id string, opts driver.StopOptions) error {
	return d.locked(ctx, "restart instance", id, func() error {
		if err := d.on(id, d.host.checkHolder); err != nil {
			return err
		}
		if err := d.stop(ctx, id, opts); err != nil {
			return err
		}
		return d.start(ctx, id)
	})
}

func (d *Driver) stop(ctx context.Context, id string, opts driver.StopOptions) error {
	var run *run
	var grace time.Duration
	err := d.on(id, func(i *instance) error {
		if !i.state.Active() {
			return nil
		}
		run, grace = i.run, graceOf(i.spec, opts)
		if opts.Grace >= 0 {
			i.signal(cmp.Or(i.spec.StopSignal, i.image.StopSignal, "SIGTERM"))
			d.host.unpause(i)
		}
		return nil
	})
	if err != nil || run == nil {
		return err
	}
	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case <-run.ended:
		return nil
	case <-ctx.Done():
		return ended(ctx)
	case <-timer.C:
	}
	if err := d.on(id, func(i *instance) error {
		i.kill(exitKilled)
		return nil
	}); err != nil {
		return err
	}
	<-run.ended
	return nil
}

// graceOf is how long a stop waits, in whole seconds.
func graceOf(spec driver.Spec, opts driver.StopOptions) time.Duration {
	grace := cmp.Or(opts.Grace, spec.StopGrace, driver.DefaultStopGrace)
	return max(0, time.Duration(math.Ceil(grace.Seconds()))*time.Second)
}

// Destroy removes an instance.
func (d *Driver) Destroy(ctx context.Context, id string, opts driver.DestroyOptions) error {
	return d.locked(ctx, "destroy instance", id, func() error {
		if err := d.destroy(id, opts); err != nil && !errors.Is(err, dockerhv.ErrNotFound) {
			return err
		}
		if opts.Volumes {
			d.destroyVolumes(id)
		}
		return nil
	})
}

func (d *Driver) destroy(id string, opts driver.DestroyOptions) error {
	var running *run
	err := d.on(id, func(i *instance) error {
		if !i.state.Active() {
			return nil
		}
		if !opts.Force {
			return refuse(dockerhv.ErrConflict, "stop it first or set DestroyOptions.Force", "the instance is %s", i.state)
		}
		i.kill(exitKilled)
		running = i.run
		return nil
	})
	if err != nil {
		return err
	}
	if running != nil {
		<-running.ended
	}
	return d.on(id, func(i *instance) error {
		delete(d.host.instances, i.key)
		i.state = ""
		d.host.tell(i, driver.EventDestroyed, 0)
		return nil
	})
}
