package memory

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/template"
)

// Driver is a driver of a host in memory. [Host.Open] makes one. It keeps nothing
// but what it measured last, and what failed.
type Driver struct {
	host     *Host
	owner    string
	failures driver.Failures
	prober   *driver.Prober

	mu       sync.Mutex
	measured map[string]sample
}

var (
	_ driver.Driver = (*Driver)(nil)

	_ driver.NICPlugger     = (*Driver)(nil)
	_ driver.NetworkManager = (*Driver)(nil)

	_ driver.Waiter        = (*Driver)(nil)
	_ driver.HealthWaiter  = (*Driver)(nil)
	_ driver.EventSource   = (*Driver)(nil)
	_ driver.LogReader     = (*Driver)(nil)
	_ driver.Pauser        = (*Driver)(nil)
	_ driver.Signaler      = (*Driver)(nil)
	_ driver.Resizer       = (*Driver)(nil)
	_ driver.RestartSetter = (*Driver)(nil)
	_ driver.Planner       = (*Driver)(nil)
	_ driver.Replacer      = (*Driver)(nil)
	_ driver.Retirer       = (*Driver)(nil)
	_ driver.Suspender     = (*Driver)(nil)
	_ driver.Execer        = (*Driver)(nil)
	_ driver.Consoler      = (*Driver)(nil)
	_ driver.Copier        = (*Driver)(nil)
	_ driver.Capturer      = (*Driver)(nil)
	_ driver.StatsReader   = (*Driver)(nil)
	_ driver.Dumper        = (*Driver)(nil)

	_ driver.HealthReader     = (*Driver)(nil)
	_ driver.CapabilityReader = (*Driver)(nil)
	_ driver.VolumeManager    = (*Driver)(nil)
)

// Host describes the host as it is now.
func (d *Driver) Host(ctx context.Context) (h driver.Host, err error) {
	err = d.call(ctx, "describe host", "", func() error {
		h = d.host.describe()
		return nil
	})
	return h, err
}

// Health probes the host: it is described, and the instances are listed.
func (d *Driver) Health(ctx context.Context) (driver.Health, error) { return d.prober.Health(ctx) }

// Images is the host's image store: a template.Puller, Loader, Tagger, Describer and
// Sharer.
func (d *Driver) Images() template.ImageStore { return Images{d} }

// call makes a call: it meets what the host was told to let it meet, before and
// after its work. Its error is named after the operation.
func (d *Driver) call(ctx context.Context, op, id string, work func() error) error {
	c := Call{Op: op, Owner: d.owner, ID: id, Phase: Before}
	begun := time.Now()
	err := d.host.meet(ctx, c)
	if err == nil {
		err = work()
		c.Phase, c.Err = After, err
		if met := d.host.meet(ctx, c); met != nil {
			err = met
		}
	}
	if err = d.name(op, id, err); err != nil {
		d.failures.Add(driver.Failure{
			Time: begun, Operation: op, ID: id, Attempt: driver.Attempt(ctx), Outcome: dockerhv.Outcome(err), Error: err.Error(),
		})
	}
	return err
}

// locked is a call for one instance, which others for it wait for.
func (d *Driver) locked(ctx context.Context, op, id string, work func() error) error {
	return d.call(ctx, op, id, func() error {
		unlock, err := d.host.lock(ctx, key{d.owner, id})
		if err != nil {
			return err
		}
		defer unlock()
		return work()
	})
}

// lock waits until no call for an instance is under way.
func (h *Host) lock(ctx context.Context, k key) (unlock func(), err error) {
	h.mu.Lock()
	token, ok := h.busy[k]
	if !ok {
		token = make(chan struct{}, 1)
		token <- struct{}{}
		h.busy[k] = token
	}
	h.mu.Unlock()
	select {
	case <-token:
		return func() { token <- struct{}{} }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// name makes the module's error of what a step below returned.
func (d *Driver) name(op, id string, err error) error {
	if err == nil {
		return nil
	}
	named := &dockerhv.Error{Op: op, Host: "memory", ID: id, Err: err}
	var inner *dockerhv.Error
	if errors.As(err, &inner) && inner.Op == "" {
		named.Class, named.Err, named.Next = inner.Class, inner.Err, inner.Next
	}
	return named
}

// refuse is an error of a class, with what is wrong and what to do.
func refuse(class error, next, format string, args ...any) error {
	return &dockerhv.Error{Class: class, Err: fmt.Errorf(format, args...), Next: next}
}

// find returns an instance. The caller has the lock.
func (d *Driver) find(id string) (*instance, error) {
	if i, ok := d.host.instances[key{d.owner, id}]; ok {
		return i, nil
	}
	return nil, &dockerhv.Error{Class: dockerhv.ErrNotFound, Next: "create the instance first"}
}

// on works on an instance under the lock.
func (d *Driver) on(id string, work func(*instance) error) error {
	d.host.mu.Lock()
	defer d.host.mu.Unlock()
	i, err := d.find(id)
	if err != nil {
		return err
	}
	return work(i)
}

// onActive is on for an instance whose command is alive.
func (d *Driver) onActive(id string, work func(*instance) error) error {
	return d.on(id, func(i *instance) error {
		if !i.state.Active() {
			return refuse(dockerhv.ErrConflict, "start it first", "the instance is %s", i.state)
		}
		return work(i)
	})
}
