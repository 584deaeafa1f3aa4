package docker

import (
	"context"
	"errors"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

// statsAtOnce is how many instances are measured at the same time where each
// takes a request.
const statsAtOnce = 16

// Stats measures the running and paused instances of the filter, all at once.
//
// Of an engine of this machine it reads the kernel's own files, and asks it for nothing
// but a list, and not for that while events are read and the filter has no labels.
//
// Else it takes one request for the list and one for each instance. Engines before API
// 1.45 answer the latter after a second: there a stream is kept for each instance
// that was asked for in the last 30 seconds, so that the first call waits about a
// second for what is new, and later ones for nothing; a measurement is then up to
// a few seconds old, as its Time says.
func (d *Driver) Stats(ctx context.Context, filter driver.Filter) (_ map[string]driver.Stats, err error) {
	ctx, end := d.read(ctx, "measure instances", "")
	defer end(&err)
	instances, ok := d.watcher.list(filter)
	if !ok {
		if instances, err = d.List(ctx, filter); err != nil {
			return nil, err
		}
	}
	all := make(map[string]driver.Stats, len(instances))
	rest := d.measureHere(alive(instances), all)
	if err := d.measureThere(ctx, rest, all); err != nil {
		return nil, err
	}
	d.usage.compare(instances, all)
	return all, nil
}

func alive(instances []driver.Instance) []driver.Instance {
	return slices.DeleteFunc(slices.Clone(instances), func(i driver.Instance) bool {
		return i.State != driver.Running && i.State != driver.Paused
	})
}

// measureHere measures those that run on this machine, and returns the others.
func (d *Driver) measureHere(instances []driver.Instance, all map[string]driver.Stats) (rest []driver.Instance) {
	if d.cgroups == nil {
		return instances
	}
	for _, i := range instances {
		if stats, ok := d.cgroups.Stats(i.HostID); ok {
			all[i.ID] = stats
		} else {
			rest = append(rest, i)
		}
	}
	return rest
}

// measureThere asks the engine.
func (d *Driver) measureThere(ctx context.Context, instances []driver.Instance, all map[string]driver.Stats) error {
	var (
		measure = d.engine.Stats
		mu      sync.Mutex
	)
	group, groupCtx := errgroup.WithContext(ctx)
	if d.engine.StreamsStats() {
		measure = d.gauges.read
	} else {
		group.SetLimit(statsAtOnce)
	}
	for _, i := range instances {
		group.Go(func() error {
			stats, ok, err := measure(groupCtx, i.HostID)
			switch {
			case errors.Is(err, dockerhv.ErrNotFound) || err == nil && !ok:
				return nil // it has stopped since it was listed
			case err != nil:
				return d.name("measure instance", i.ID, givenUp(ctx, err))
			}
			mu.Lock()
			defer mu.Unlock()
			all[i.ID] = stats
			return nil
		})
	}
	return group.Wait()
}
