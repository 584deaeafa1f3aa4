package memory_test

import (
	"context"
	"fmt"

	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/driver/memory"
)

func hostBugs() map[string]bug {
	return map[string]bug{
		"a dump has every owner's instances": {"Dump/tells of the host and the owner's instances", func(h *memory.Host, d *memory.Driver, owner string) driver.Driver {
			m := &mutant{Driver: d}
			m.dump = func(ctx context.Context) driver.Report {
				r := m.Driver.Dump(ctx)
				theirs, _ := h.Open(owner+"-other").List(ctx, driver.Filter{})
				r.Instances = append(r.Instances, theirs...)
				return r
			}
			return m
		}},
		"a dump forgets the newest failures": planted("Dump/tells what failed, the last failures alone", func(m *mutant) {
			m.dump = func(ctx context.Context) driver.Report {
				r := m.Driver.Dump(ctx)
				if len(r.Failures) > 0 {
					r.Failures = r.Failures[:len(r.Failures)-1]
				}
				return r
			}
		}),
		"a dump has the specs": planted("Dump/holds no secret of an instance", func(m *mutant) {
			var specs []driver.Spec
			m.create = func(ctx context.Context, s driver.Spec) (driver.Instance, error) {
				specs = append(specs, s)
				return m.Driver.Create(ctx, s)
			}
			m.dump = func(ctx context.Context) driver.Report {
				r := m.Driver.Dump(ctx)
				for _, s := range specs {
					r.Errors = map[string]string{"specs": fmt.Sprint(map[string]string(s.Env))}
				}
				return r
			}
		}),
	}
}
