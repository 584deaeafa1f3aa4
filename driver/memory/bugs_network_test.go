package memory_test

import (
	"context"
	"errors"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

func networkBugs() map[string]bug {
	return map[string]bug{
		"a port in use is told of nobody": planted("Ports/in use are ErrConflict, which names the port and who has it", func(m *mutant) {
			m.start = func(ctx context.Context, id string) error {
				err := m.Driver.Start(ctx, id)
				if _, ok := errors.AsType[*driver.PortInUseError](err); ok {
					return &dockerhv.Error{Op: "start instance", ID: id, Class: dockerhv.ErrConflict}
				}
				return err
			}
		}),
		"a port is published by both protocols": planted("Ports/are published by the protocol that is asked for alone", func(m *mutant) {
			m.create = func(ctx context.Context, s driver.Spec) (driver.Instance, error) {
				for _, p := range s.Ports {
					if p.Protocol == "" {
						p.Protocol = driver.UDP
						s.Ports = append(s.Ports[:len(s.Ports):len(s.Ports)], p)
					}
				}
				return m.Driver.Create(ctx, s)
			}
		}),
		"of a range only the first port is published": planted("Ports/of a range are published one by one", func(m *mutant) {
			m.create = func(ctx context.Context, s driver.Spec) (driver.Instance, error) {
				for n := range s.Ports {
					s.Ports[n].PortEnd = 0
				}
				return m.Driver.Create(ctx, s)
			}
		}),
	}
}
