package driver

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/dockerhv/dockerhv"
)

const (
	// recoverAtOnce is how many instances Recover looks at at the same time.
	recoverAtOnce = 16
	// finishTimeout is how long Recover waits for an instance to be gone.
	finishTimeout = 30 * time.Second
)

// Recovery is what Recover found.
type Recovery struct {
	// Instances are all that there are, ordered by ID. Those at rest are as Inspect
	// tells them, with their exit and their times; the others as List does.
	Instances []Instance
	// Destroyed are the IDs of those whose destruction had begun, and is done now.
	Destroyed []string
	// Unfinished are the IDs, also among Instances, of those that may be half-done: half
	// created, which the same Create completes, or half destroyed, which the host failed
	// to complete again.
	Unfinished []string
}

// Recover finds out what there is, for an orchestrator that was started anew: it
// needs nothing but the driver, which is the host and the owner. It makes one
// request, and one for each instance at rest, to which a driver may have to add one for
// the cause of its exit. It completes what was begun to be destroyed, and touches nothing
// else: no instance is started, stopped or killed.
func Recover(ctx context.Context, d Driver) (Recovery, error) { return find(ctx, d, true) }

// find is Recover, which completes nothing unless it is told to.
func find(ctx context.Context, d Driver, complete bool) (Recovery, error) {
	listed, err := d.List(ctx, Filter{})
	if err != nil {
		return Recovery{}, err
	}
	claimed := make(map[string]int, len(listed))
	for _, i := range listed {
		claimed[i.ID]++
	}
	r := recovering{complete: complete}
	// What is listed twice is for Inspect to decide.
	listed = slices.CompactFunc(listed, func(a, b Instance) bool { return a.ID == b.ID })
	err = each(ctx, recoverAtOnce, listed, func(ctx context.Context, i Instance) error {
		if i.State.Active() && claimed[i.ID] == 1 {
			r.found(i)
			return nil
		}
		return r.look(ctx, d, i.ID)
	})
	if err != nil {
		return Recovery{}, err
	}
	return r.result(), nil
}

// recovering is a Recovery that many add to.
type recovering struct {
	complete bool // what was begun to be destroyed

	mu sync.Mutex
	Recovery
}

func (r *recovering) found(i Instance) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.Instances = append(r.Instances, i)
	if i.Incomplete || i.State == Removing || i.State == Dead {
		r.Unfinished = append(r.Unfinished, i.ID)
	}
}

func (r *recovering) destroyed(id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.Destroyed = append(r.Destroyed, id)
}

// look looks at one instance, and completes its destruction if that had begun.
func (r *recovering) look(ctx context.Context, d Driver, id string) error {
	i, err := d.Inspect(ctx, id)
	if errors.Is(err, dockerhv.ErrNotFound) {
		return nil // it has gone since it was listed
	}
	if err != nil {
		return err
	}
	if r.complete && (i.State == Removing || i.State == Dead) {
		bounded, cancel := context.WithTimeout(ctx, finishTimeout)
		defer cancel()
		// Without force: what is alive after all stays so.
		if err := d.Destroy(bounded, id, DestroyOptions{}); err == nil {
			r.destroyed(id)
			return nil
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	r.found(i)
	return nil
}

func (r *recovering) result() Recovery {
	slices.SortFunc(r.Instances, func(a, b Instance) int { return cmp.Compare(a.ID, b.ID) })
	slices.Sort(r.Destroyed)
	slices.Sort(r.Unfinished)
	return r.Recovery
}
