package docker

import (
	"context"
	"errors"
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
// It takes one request for the list and one for each instance. Engines before API
// 1.45 answer the latter after a second: there a stream is kept for each instance
// that was asked for in the last 30 seconds, so that the first call waits about a
// second for what is new, and later ones for nothing; a measurement is then up to
// a few seconds old, as its Time says.
func (d *Driver) Stats(ctx context.Context, filter driver.Filter) (_ map[string]driver.Stats, err error) {
	ctx, end := d.read(ctx, "measure instances", "")
	defer end(&err)
	instances, err := d.List(ctx, filter)
	if err != nil {
		return nil, err
	}
	var (
		measure = d.engine.Stats
		mu      sync.Mutex
		all     = make(map[string]driver.Stats, len(instances))
	)
	group, groupCtx := errgroup.WithContext(ctx)
	if d.engine.StreamsStats() {
		measure = d.gauges.read
	} else {
		group.SetLimit(statsAtOnce)
	}
	for _, i := range instances {
		if i.State != driver.Running && i.State != driver.Paused {
			continue
		}
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
	if err := group.Wait(); err != nil {
		return nil, err
	}
	d.usage.compare(instances, all)
	return all, nil
}
