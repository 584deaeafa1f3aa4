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
	begun := l.begin()
	instances, sizes, err := l.find(ctx, d)
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

// find returns the instances that there are, and the sizes of those without a claim.
func (l *Ledger) find(ctx context.Context, d driver.Driver) ([]driver.Instance, map[string]amount, error) {
	instances, err := d.List(ctx, driver.Filter{})
	if err != nil {
		return nil, nil, err
	}
	sizes, err := inspect(ctx, d, l.lacks(instances))
	return instances, sizes, err
}

func (l *Ledger) lacks(instances []driver.Instance) (ids []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, i := range instances {
		if _, ok := l.claims[i.ID]; !ok {
			ids = append(ids, i.ID)
		}
	}
	return ids
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

// inspect returns the sizes of those instances that are still there.
func inspect(ctx context.Context, d driver.Driver, ids []string) (map[string]amount, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	sizes := make(map[string]amount, len(ids))
	var mu sync.Mutex
	var group sync.WaitGroup
	next := make(chan string)
	for range min(asking, len(ids)) {
		group.Go(func() {
			for id := range next {
				i, err := d.Inspect(ctx, id)
				if err != nil && !errors.Is(err, dockerhv.ErrNotFound) {
					cancel(err)
				}
				if err != nil {
					continue
				}
				if size, err := sizeOf(i.Resources); err == nil {
					mu.Lock()
					sizes[id] = size
					mu.Unlock()
				}
			}
		})
	}
	for _, id := range ids {
		if ctx.Err() != nil {
			break
		}
		next <- id
	}
	close(next)
	group.Wait()
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	return sizes, nil
}
