package memory_test

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/driver/memory"
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
						s.Ports = append(slices.Clip(s.Ports), p)
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
		"a network is created anew by each call": networked("Networks/are created once, however often they are asked for", func(m *networkMutant) {
			m.create = func(ctx context.Context, s driver.NetworkSpec) (driver.Network, error) {
				_ = m.Driver.DestroyNetwork(ctx, s.ID)
				return m.Driver.CreateNetwork(ctx, s)
			}
		}),
		"a network of another spec is taken for the one": networked("Networks/of an ID in use with another spec are ErrExists", func(m *networkMutant) {
			m.create = func(ctx context.Context, s driver.NetworkSpec) (driver.Network, error) {
				all, _ := m.Driver.Networks(ctx)
				for _, n := range all {
					if n.Spec.ID == s.ID {
						return n, nil
					}
				}
				return m.Driver.CreateNetwork(ctx, s)
			}
		}),
		"a network in use is told of nobody": networked("Networks/in use are kept, and who uses them is told", func(m *networkMutant) {
			m.destroy = func(ctx context.Context, id string) error {
				if err := m.Driver.DestroyNetwork(ctx, id); err != nil {
					return &dockerhv.Error{Op: "destroy network", ID: id, Class: dockerhv.ErrConflict}
				}
				return nil
			}
		}),
		"a network in use is told as destroyed": networked("Networks/in use are kept, and who uses them is told", func(m *networkMutant) {
			m.destroy = func(ctx context.Context, id string) error {
				_ = m.Driver.DestroyNetwork(ctx, id)
				return nil
			}
		}),
		"an absent network can't be destroyed": networked("Networks/are destroyed when the last instance has gone, or are absent", func(m *networkMutant) {
			m.destroy = func(ctx context.Context, id string) error {
				all, _ := m.Driver.Networks(ctx)
				for _, n := range all {
					if n.Spec.ID == id {
						return m.Driver.DestroyNetwork(ctx, id)
					}
				}
				return &dockerhv.Error{Op: "destroy network", ID: id, Class: dockerhv.ErrNotFound}
			}
		}),
		"two owners share a network": {"Networks/of two owners are two, and never meet", func(h *memory.Host, d *memory.Driver, _ string) driver.Driver {
			m, shared := &networkMutant{Driver: d}, h.Open("everybody")
			m.create, m.destroy, m.list = shared.CreateNetwork, shared.DestroyNetwork, shared.Networks
			return m
		}},
		"a NIC that is plugged again is another": networked("NICs/plugged again are success, and another on the network is ErrConflict", func(m *networkMutant) {
			m.plug = func(ctx context.Context, id string, nic driver.NIC) error {
				_ = m.Driver.UnplugNIC(ctx, id, nic.Network)
				return m.Driver.PlugNIC(ctx, id, nic)
			}
		}),
		"a NIC is plugged without its aliases": networked("NICs/are plugged into what runs, and stay", func(m *networkMutant) {
			m.plug = func(ctx context.Context, id string, nic driver.NIC) error {
				nic.Aliases = nil
				return m.Driver.PlugNIC(ctx, id, nic)
			}
		}),
		"a NIC is plugged into what runs alone": networked("NICs/are plugged at rest, and are there from the start", func(m *networkMutant) {
			m.plug = func(ctx context.Context, id string, nic driver.NIC) error {
				if i, err := m.Inspect(ctx, id); err == nil && !i.State.Active() {
					return nil
				}
				return m.Driver.PlugNIC(ctx, id, nic)
			}
		}),
		"a NIC is not found by its MAC": networked("NICs/are unplugged by their network or MAC, or are absent", func(m *networkMutant) {
			m.unplug = func(ctx context.Context, id, nic string) error {
				if strings.Contains(nic, ":") {
					return nil
				}
				return m.Driver.UnplugNIC(ctx, id, nic)
			}
		}),
		"an unplugged NIC comes back": {"NICs/that were all unplugged do not come back by themselves", func(_ *memory.Host, d *memory.Driver, _ string) driver.Driver {
			return comingBack{&mutant{Driver: d}}
		}},
		"a member is started without its holder": planted("Shared/network needs a holder that is there and runs", func(m *mutant) {
			m.create = func(ctx context.Context, s driver.Spec) (driver.Instance, error) {
				i, err := m.Driver.Create(ctx, s)
				if _, ok := errors.AsType[*driver.NetworkLostError](err); ok {
					s.NetworkOf = ""
					return m.Driver.Create(ctx, s)
				}
				return i, err
			}
		}),
		"a lost network is not told": planted("Shared/network is lost with the holder's stop, and mended by Start", func(m *mutant) {
			m.inspect = func(ctx context.Context, id string) (driver.Instance, error) {
				i, err := m.Driver.Inspect(ctx, id)
				i.NetworkLost = false
				return i, err
			}
		}),
		"a lost network is not mended": planted("Shared/network is lost with the holder's stop, and mended by Start", func(m *mutant) {
			m.start = func(ctx context.Context, id string) error {
				if i, err := m.Driver.Inspect(ctx, id); err == nil && i.State.Active() && i.NetworkLost {
					if holder, err := m.Driver.Inspect(ctx, i.NetworkOf); err == nil && holder.State.Active() {
						return nil
					}
				}
				return m.Driver.Start(ctx, id)
			}
		}),
		"a list does not tell whose network": planted("Shared/network spares its holder from the sweep while a member is wanted", func(m *mutant) {
			m.list = func(ctx context.Context, f driver.Filter) ([]driver.Instance, error) {
				all, err := m.Driver.List(ctx, f)
				for n := range all {
					all[n].NetworkOf = ""
				}
				return all, err
			}
		}),
	}
}

// networkMutant is a driver with a bug in what it does with networks, as mutant is for
// the rest.
type networkMutant struct {
	*memory.Driver
	create  func(context.Context, driver.NetworkSpec) (driver.Network, error)
	destroy func(context.Context, string) error
	list    func(context.Context) ([]driver.Network, error)
	plug    func(context.Context, string, driver.NIC) error
	unplug  func(context.Context, string, string) error
}

func networked(breaks string, change func(m *networkMutant)) bug {
	return bug{breaks, func(_ *memory.Host, d *memory.Driver, _ string) driver.Driver {
		m := &networkMutant{Driver: d}
		change(m)
		return m
	}}
}

func (m *networkMutant) CreateNetwork(ctx context.Context, s driver.NetworkSpec) (driver.Network, error) {
	if m.create != nil {
		return m.create(ctx, s)
	}
	return m.Driver.CreateNetwork(ctx, s)
}

func (m *networkMutant) DestroyNetwork(ctx context.Context, id string) error {
	if m.destroy != nil {
		return m.destroy(ctx, id)
	}
	return m.Driver.DestroyNetwork(ctx, id)
}

func (m *networkMutant) Networks(ctx context.Context) ([]driver.Network, error) {
	if m.list != nil {
		return m.list(ctx)
	}
	return m.Driver.Networks(ctx)
}

func (m *networkMutant) PlugNIC(ctx context.Context, id string, nic driver.NIC) error {
	if m.plug != nil {
		return m.plug(ctx, id, nic)
	}
	return m.Driver.PlugNIC(ctx, id, nic)
}

func (m *networkMutant) UnplugNIC(ctx context.Context, id, nic string) error {
	if m.unplug != nil {
		return m.unplug(ctx, id, nic)
	}
	return m.Driver.UnplugNIC(ctx, id, nic)
}

// comingBack is a driver that plugs the default network into what has no NIC.
type comingBack struct{ *mutant }

func (c comingBack) Restart(ctx context.Context, id string, opts driver.StopOptions) error {
	err := c.mutant.Restart(ctx, id, opts)
	if i, inspectErr := c.Inspect(ctx, id); inspectErr == nil && len(i.NICs) == 0 {
		_ = c.PlugNIC(ctx, id, driver.NIC{})
	}
	return err
}
