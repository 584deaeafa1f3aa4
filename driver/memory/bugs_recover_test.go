package memory_test

import (
	"context"
	"errors"
	"time"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

func recoverBugs() map[string]bug {
	return map[string]bug{
		"what ended while nobody looked has no code": planted("Recover/tells how it ended of what ended while nobody looked", func(m *mutant) {
			m.inspect = func(ctx context.Context, id string) (driver.Instance, error) {
				i, err := m.Driver.Inspect(ctx, id)
				if i.Exit != nil {
					i.Exit = &driver.Exit{Time: i.Exit.Time}
				}
				return i, err
			}
		}),
		"looking at what has ended starts it": planted("Recover/starts, stops and changes nothing", func(m *mutant) {
			m.list = func(ctx context.Context, f driver.Filter) ([]driver.Instance, error) {
				all, err := m.Driver.List(ctx, f)
				for _, i := range all {
					if i.State == driver.Exited {
						err = errors.Join(err, m.Driver.Start(ctx, i.ID))
					}
				}
				return all, err
			}
		}),
		"what was never started is not found": planted("Recover/finds all there is, in any state", func(m *mutant) {
			m.inspect = func(ctx context.Context, id string) (driver.Instance, error) {
				i, err := m.Driver.Inspect(ctx, id)
				if i.State == driver.Created {
					return driver.Instance{}, &dockerhv.Error{Op: "inspect instance", ID: id, Class: dockerhv.ErrNotFound}
				}
				return i, err
			}
		}),
		"a host that is away has nothing": planted("Cut/is neither recovered nor swept", func(m *mutant) {
			m.list = func(ctx context.Context, f driver.Filter) ([]driver.Instance, error) {
				all, err := m.Driver.List(ctx, f)
				if errors.Is(err, dockerhv.ErrUnavailable) {
					return nil, nil
				}
				return all, err
			}
		}),
		"a volume in use is told as free": planted("Audit/tells volumes, of which those are swept by kind that nobody wants or uses", func(m *mutant) {
			m.volumes = func(ctx context.Context) ([]driver.Volume, error) {
				all, err := m.Driver.Volumes(ctx)
				for n := range all {
					all[n].InUse = false
				}
				return all, err
			}
		}),
		"ages are told by no clock": planted("Audit/tells what is there and not wanted, and what is wanted and not there", func(m *mutant) {
			m.list = func(ctx context.Context, f driver.Filter) ([]driver.Instance, error) {
				all, err := m.Driver.List(ctx, f)
				for n := range all {
					all[n].Created = time.Time{}
				}
				return all, err
			}
		}),
	}
}
