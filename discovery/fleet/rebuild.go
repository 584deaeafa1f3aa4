package fleet

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

// asking is how many instances of a host are asked for at a time.
const asking = 8

// Rebuild makes the confirmed claims those of the instances that there are; claims that
// are not confirmed yet stay. So a program that was started anew knows what is sold. An
// instance whose size the ledger lacks is inspected, for a list does not tell it. What is
// claimed, confirmed or released meanwhile counts, not what was found.
func (l *Ledger) Rebuild(ctx context.Context, d driver.Driver) error {
	begun := l.begin() // before the list: what changes after it counts
	instances, err := d.List(ctx, driver.Filter{})
	return l.end(ctx, d, begun, instances, err)
}

// fill is Rebuild for a ledger that nobody else has yet, of what was listed already.
func (l *Ledger) fill(ctx context.Context, d driver.Driver, instances []driver.Instance) error {
	return l.end(ctx, d, l.begin(), instances, nil)
}

// end ends a rebuild with what was listed, or why it was not.
func (l *Ledger) end(ctx context.Context, d driver.Driver, begun uint64, instances []driver.Instance, err error) error {
	var sizes map[string]amount
	if err == nil {
		sizes, err = l.sizes(ctx, d, instances)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if err == nil {
		l.reconcile(begun, instances, sizes)
	}
	if l.rebuilds--; l.rebuilds == 0 {
		clear(l.released)
	}
	return err
}

func (l *Ledger) begin() (begun uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rebuilds++
	return l.tick()
}

// sizes returns the sizes of those instances that have no claim.
func (l *Ledger) sizes(ctx context.Context, d driver.Driver, instances []driver.Instance) (map[string]amount, error) {
	sizes := make(map[string]amount)
	var unsized []string
	for _, i := range l.lacks(instances) {
		if r, ok := l.opts.SizeOf(i); !ok {
			unsized = append(unsized, i.ID)
		} else if size, err := sizeOf(r); err == nil {
			sizes[i.ID] = size
		}
	}
	return sizes, inspect(ctx, d, unsized, sizes)
}

func (l *Ledger) lacks(instances []driver.Instance) (lacking []driver.Instance) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, i := range instances {
		if _, ok := l.claims[i.ID]; !ok {
			lacking = append(lacking, i)
		}
	}
	return lacking
}

// reconcile writes down what was found. The caller has the lock.
func (l *Ledger) reconcile(begun uint64, instances []driver.Instance, sizes map[string]amount) {
	there := make(map[string]bool, len(instances))
	for _, i := range instances {
		there[i.ID] = true
		c, claimed := l.claims[i.ID]
		size, sized := sizes[i.ID]
		switch {
		case claimed && c.changed < begun:
			l.put(i.ID, c.amount, time.Time{})
		case !claimed && sized && l.released[i.ID] < begun:
			l.put(i.ID, size, time.Time{})
		}
	}
	for id, c := range l.claims {
		if !there[id] && c.expires.IsZero() && c.changed < begun {
			l.drop(id)
		}
	}
}

// inspect adds the sizes of those instances that are still there.
func inspect(ctx context.Context, d driver.Driver, ids []string, sizes map[string]amount) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var mu sync.Mutex
	var group sync.WaitGroup
	slots := make(chan struct{}, asking)
	for _, id := range ids {
		slots <- struct{}{}
		if ctx.Err() != nil {
			break
		}
		group.Go(func() {
			defer func() { <-slots }()
			size, err := inspectOne(ctx, d, id)
			if err != nil {
				cancel(err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			sizes[id] = size
		})
	}
	group.Wait()
	return context.Cause(ctx)
}

// inspectOne returns the size of an instance; that of one that is gone is nothing.
func inspectOne(ctx context.Context, d driver.Driver, id string) (amount, error) {
	i, err := d.Inspect(ctx, id)
	if errors.Is(err, dockerhv.ErrNotFound) {
		return amount{}, nil
	}
	if err != nil {
		return amount{}, err
	}
	return sizeOf(i.Resources)
}
