package driver

import (
	"cmp"
	"context"
	"fmt"
	"slices"
)

// CapabilityReader is a driver that asks its host what can be done there.
type CapabilityReader interface {
	// Capabilities tells of what the host can do and what it can't: of optional
	// interfaces whose methods it can't serve, by the interfaces' names, and of features
	// of the contract, by names that [Capabilities] lists.
	Capabilities(ctx context.Context) ([]Capability, error)
}

// Capability is something that a driver on its host can do, or not.
type Capability struct {
	// Name is an optional interface's, such as "Pauser", or a feature's: "limits.cpu",
	// "limits.memory", "limits.swap" and "limits.pids" (the kernel enforces such bounds),
	// "nics.mac" (each NIC can have an address of its own), "devices.cdi" (devices are
	// given by name), "checkpoint" (instances can be suspended to disk). More may come.
	Name string `json:"name"`
	// Supported is true when it can.
	Supported bool `json:"supported"`
	// Reason says why not, or what it rests on, for people.
	Reason string `json:"reason,omitempty"`
}

// optional lists the optional interfaces with what finds them.
func optional() []struct {
	name string
	has  func(Driver) bool
} {
	return []struct {
		name string
		has  func(Driver) bool
	}{
		{"Waiter", is[Waiter]},
		{"HealthWaiter", is[HealthWaiter]},
		{"EventSource", is[EventSource]},
		{"LogReader", is[LogReader]},
		{"Pauser", is[Pauser]},
		{"Signaler", is[Signaler]},
		{"Resizer", is[Resizer]},
		{"RestartSetter", is[RestartSetter]},
		{"Planner", is[Planner]},
		{"Replacer", is[Replacer]},
		{"Retirer", is[Retirer]},
		{"Suspender", is[Suspender]},
		{"Execer", is[Execer]},
		{"Consoler", is[Consoler]},
		{"Copier", is[Copier]},
		{"Capturer", is[Capturer]},
		{"StatsReader", is[StatsReader]},
		{"NICPlugger", is[NICPlugger]},
		{"NetworkManager", is[NetworkManager]},
		{"VolumeManager", is[VolumeManager]},
		{"Dumper", is[Dumper]},
		{"HealthReader", is[HealthReader]},
		{"CapabilityReader", is[CapabilityReader]},
	}
}

func is[T any](d Driver) bool {
	_, ok := As[T](d)
	return ok
}

// Capabilities tells, ordered by name, of each optional interface whether the driver
// has it and its host can serve it, and of the features that its host tells of. It
// asks the host now.
func Capabilities(ctx context.Context, d Driver) ([]Capability, error) {
	all := make(map[string]Capability)
	for _, o := range optional() {
		c := Capability{Name: o.name, Supported: o.has(d)}
		if !c.Supported {
			c.Reason = fmt.Sprintf("the driver %T is none", d)
		}
		all[o.name] = c
	}
	if r, ok := As[CapabilityReader](d); ok {
		asked, err := r.Capabilities(ctx)
		if err != nil {
			return nil, err
		}
		for _, c := range asked {
			if known, ok := all[c.Name]; !ok || known.Supported {
				all[c.Name] = c // a host can't make up for what the driver lacks
			}
		}
	}
	list := make([]Capability, 0, len(all))
	for _, c := range all {
		list = append(list, c)
	}
	slices.SortFunc(list, func(a, b Capability) int { return cmp.Compare(a.Name, b.Name) })
	return list, nil
}
