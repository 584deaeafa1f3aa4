package fleet

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/discovery"
	"github.com/dockerhv/dockerhv/driver"
)

// DrainOptions says how a host is emptied. The zero value waits until its instances
// have ended by themselves or were got away by others.
type DrainOptions struct {
	// Stop stops the instances that run. They stay on the host, to be started later.
	Stop bool
	// Grace is how long each may take to end; see driver.StopOptions.
	Grace time.Duration
	// AtOnce is how many are stopped at the same time; 0 means 8.
	AtOnce int
}

const opDrain = "drain host"

// Drain prepares a host for maintenance: from its first moment the host takes no new
// instances, and when it returns the host is in Maintenance, where nothing runs. It waits
// for claims that are not confirmed yet, and for instances of which nobody knows whether
// they run.
//
// If an instance can't be stopped, the host is in ErrorInPrepareForMaintenance, and Drain
// once more tries again. If the context ends, the host stays in PrepareForMaintenance, and
// Drain once more goes on. [Manager.CancelMaintenance] ends a drain, which returns
// dockerhv.ErrConflict then; instances that were stopped stay so.
func (m *Manager) Drain(ctx context.Context, name string, opts DrainOptions) error {
	if err := m.on(name, m.prepare); err != nil {
		return err
	}
	stopping := make(map[string]bool)
	for {
		todo, err := m.emptied(name, opts, stopping)
		if err != nil || todo.done {
			return err
		}
		if err := stop(ctx, todo.driver, todo.stop, opts); err != nil && ctx.Err() == nil {
			_ = m.Change(name, discovery.EventUnableToMigrate)
			return &dockerhv.Error{Op: opDrain, Host: name, Err: err, Next: "drain it again, or cancel its maintenance"}
		}
		select {
		case <-todo.changed:
		case <-todo.expiry:
		case <-ctx.Done():
			return &dockerhv.Error{
				Op: opDrain, Host: name, Class: ctx.Err(), Err: context.Cause(ctx), Next: "drain it again, or cancel its maintenance",
			}
		}
	}
}

// CancelMaintenance ends the maintenance of a host, or the drain before it: it takes
// instances again.
func (m *Manager) CancelMaintenance(name string) error {
	return m.Change(name, discovery.EventAdminCancelMaintenance)
}

// prepare makes a host one that is being drained, if it is not. The caller has the lock.
func (m *Manager) prepare(h *host) error {
	switch h.resource {
	case discovery.ResourcePrepareForMaintenance, discovery.ResourceMaintenance:
		return nil
	case discovery.ResourceErrorInPrepareForMaintenance:
		return m.become(h, discovery.EventErrorsCorrected)
	default:
		return m.become(h, discovery.EventAdminAskMaintenance)
	}
}

// todo is what there is to do until a host is empty.
type todo struct {
	done    bool
	driver  driver.Driver
	stop    []string         // the instances to stop
	changed <-chan struct{}  // closed when something has changed
	expiry  <-chan time.Time // tells when the last unconfirmed claim expires; nil if there is none
}

// emptied looks whether a host is empty, and puts it into maintenance if it is.
func (m *Manager) emptied(name string, opts DrainOptions, stopping map[string]bool) (next todo, err error) {
	err = m.on(name, func(h *host) error {
		switch h.resource {
		case discovery.ResourceMaintenance:
			next.done = true
			return nil
		case discovery.ResourcePrepareForMaintenance:
		default:
			return m.refuse(opDrain, h, "the drain was cancelled")
		}
		if next = h.todo(opts, stopping); next.done {
			return m.become(h, discovery.EventInternalEnterMaintenance)
		}
		return nil
	})
	return next, err
}

// todo returns what there is to do. What was told to stop is not told again until it was
// seen at rest. The caller has the lock.
func (h *host) todo(opts DrainOptions, stopping map[string]bool) todo {
	next := todo{done: true, driver: h.driver, changed: h.changed}
	if pending, until := h.ledger.Pending(); pending > 0 {
		next.done, next.expiry = false, time.After(time.Until(until))
	}
	for id := range h.told {
		p := h.powerOf(id)
		if p == discovery.PowerOff {
			delete(stopping, id)
			continue
		}
		next.done = false
		if p == discovery.PowerOn && opts.Stop && !stopping[id] && h.driver != nil {
			next.stop = append(next.stop, id)
			stopping[id] = true
		}
	}
	return next
}

// stop stops instances, so many at a time, and returns why some could not be.
func stop(ctx context.Context, d driver.Driver, ids []string, opts DrainOptions) error {
	atOnce := opts.AtOnce
	if atOnce <= 0 {
		atOnce = 8
	}
	var mu sync.Mutex
	var failures []error
	var group sync.WaitGroup
	slots := make(chan struct{}, atOnce)
	for _, id := range ids {
		slots <- struct{}{}
		group.Go(func() {
			defer func() { <-slots }()
			if err := d.Stop(ctx, id, driver.StopOptions{Grace: opts.Grace}); err != nil {
				mu.Lock()
				failures = append(failures, fmt.Errorf("%s does not stop: %w", id, err))
				mu.Unlock()
			}
		})
	}
	group.Wait()
	return errors.Join(failures...)
}
