package drivertest

import (
	"slices"
	"testing"

	"github.com/dockerhv/dockerhv/driver"
)

// Capability names an optional interface of package driver.
type Capability string

// The capabilities.
const (
	Waiter        Capability = "Waiter"
	HealthWaiter  Capability = "HealthWaiter"
	EventSource   Capability = "EventSource"
	LogReader     Capability = "LogReader"
	Pauser        Capability = "Pauser"
	Signaler      Capability = "Signaler"
	Resizer       Capability = "Resizer"
	RestartSetter Capability = "RestartSetter"
	Planner       Capability = "Planner"
	Replacer      Capability = "Replacer"
	Retirer       Capability = "Retirer"
	Suspender     Capability = "Suspender"
	Execer        Capability = "Execer"
	Consoler      Capability = "Consoler"
	Copier        Capability = "Copier"
	Capturer      Capability = "Capturer"
	StatsReader   Capability = "StatsReader"

	NICPlugger     Capability = "NICPlugger"
	NetworkManager Capability = "NetworkManager"
	VolumeManager  Capability = "VolumeManager"
	Dumper         Capability = "Dumper"

	HealthReader     Capability = "HealthReader"
	CapabilityReader Capability = "CapabilityReader"
)

// Capabilities lists all of them.
func Capabilities() []Capability {
	return []Capability{
		Waiter, HealthWaiter, EventSource, LogReader, Pauser, Signaler, Resizer, RestartSetter, Planner, Replacer, Retirer,
		Suspender, Execer, Consoler, Copier, Capturer, StatsReader, NICPlugger, NetworkManager, VolumeManager, Dumper, HealthReader,
		CapabilityReader,
	}
}

// has tells whether a driver has a capability; an unknown one nobody has.
func (c Capability) has(d driver.Driver) bool {
	switch c {
	case Waiter:
		return is[driver.Waiter](d)
	case HealthWaiter:
		return is[driver.HealthWaiter](d)
	case EventSource:
		return is[driver.EventSource](d)
	case LogReader:
		return is[driver.LogReader](d)
	case Pauser:
		return is[driver.Pauser](d)
	case Signaler:
		return is[driver.Signaler](d)
	case Resizer:
		return is[driver.Resizer](d)
	case RestartSetter:
		return is[driver.RestartSetter](d)
	case Planner:
		return is[driver.Planner](d)
	case Replacer:
		return is[driver.Replacer](d)
	case Retirer:
		return is[driver.Retirer](d)
	case Consoler:
		return is[driver.Consoler](d)
	case Suspender:
		return is[driver.Suspender](d)
	case Execer:
		return is[driver.Execer](d)
	case Copier:
		return is[driver.Copier](d)
	case Capturer:
		return is[driver.Capturer](d)
	case StatsReader:
		return is[driver.StatsReader](d)
	case NICPlugger:
		return is[driver.NICPlugger](d)
	case NetworkManager:
		return is[driver.NetworkManager](d)
	case VolumeManager:
		return is[driver.VolumeManager](d)
	case Dumper:
		return is[driver.Dumper](d)
	case HealthReader:
		return is[driver.HealthReader](d)
	case CapabilityReader:
		return is[driver.CapabilityReader](d)
	}
	return false
}

func is[T any](d driver.Driver) bool {
	_, ok := driver.As[T](d)
	return ok
}

// wanted proves that the driver has what the config wants.
func wanted(t *testing.T, c Config) {
	d := c.New(t, "want")
	for _, want := range c.Want {
		t.Run(string(want), func(t *testing.T) {
			switch {
			case !slices.Contains(Capabilities(), want):
				t.Errorf("Config.Want has %q; known are %v", want, Capabilities())
			case !want.has(d):
				t.Errorf("the driver %T is no driver.%s, which Config.Want asks for", d, want)
			}
		})
	}
}
