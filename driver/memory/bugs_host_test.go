package memory_test

import (
	"context"
	"fmt"

	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/driver/memory"
)

func hostBugs() map[string]bug {
	return map[string]bug{
		"what nobody knows is told as a figure": planted("Host/says of each figure how it is known", func(m *mutant) {
			m.host = func(ctx context.Context) (driver.Host, error) {
				h, err := m.Driver.Host(ctx)
				h.Capacity.Swap.Value = 1 << 30
				return h, err
			}
		}),
		"a bound is told that the host does not enforce": planted("Capabilities/agree with what the host enforces", func(m *mutant) {
			m.can = func(ctx context.Context) ([]driver.Capability, error) {
				all, err := m.Driver.Capabilities(ctx)
				for i := range all {
					all[i].Supported = !all[i].Supported
				}
				return all, err
			}
		}),
		"an interface is refused for no reason": planted("Capabilities/tell of each optional interface, and of features", func(m *mutant) {
			m.can = func(ctx context.Context) ([]driver.Capability, error) {
				all, err := m.Driver.Capabilities(ctx)
				return append(all, driver.Capability{Name: "Pauser"}), err
			}
		}),
		"a host's health is what it was at first": planted("Cut/makes the host unhealthy for a reason, until it is well for a while", func(m *mutant) {
			var first *driver.Health
			m.health = func(ctx context.Context) (driver.Health, error) {
				if first != nil {
					return *first, nil
				}
				h, err := m.Driver.Health(ctx)
				first = &h
				return h, err
			}
		}),
		"a host is healthy again at once": planted("Cut/makes the host unhealthy for a reason, until it is well for a while", func(m *mutant) {
			m.health = func(ctx context.Context) (driver.Health, error) {
				h, err := m.Driver.Health(ctx)
				if h.Reason == driver.ReasonRecovering {
					h.Status, h.Reason = driver.Healthy, ""
				}
				return h, err
			}
		}),
		"a host's health is new each time": planted("Health/of a host that works is healthy, and stays so", func(m *mutant) {
			m.health = func(ctx context.Context) (driver.Health, error) {
				h, err := m.Driver.Health(ctx)
				h.Since = h.Checked
				return h, err
			}
		}),
		"a probe that is given up is the host's fault": planted("Health/of a call that is given up is the context's error", func(m *mutant) {
			m.health = func(ctx context.Context) (driver.Health, error) {
				h, err := m.Driver.Health(ctx)
				if err != nil {
					h, err = driver.Health{Status: driver.Unhealthy}, nil
				}
				return h, err
			}
		}),
		"a host's health changes for nothing": planted("Health/is watched as changes alone, until the context ends", func(m *mutant) {
			n := 0
			m.health = func(ctx context.Context) (driver.Health, error) {
				h, err := m.Driver.Health(ctx)
				if n++; n%2 == 0 {
					h.Status = driver.Degraded
				}
				return h, err
			}
		}),
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
