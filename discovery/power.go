package discovery

import "github.com/dockerhv/dockerhv/driver"

// Power is CloudStack's PowerState of an instance, with its names.
type Power string

// The power states.
const (
	PowerOn      Power = "PowerOn"            // its command is alive, if paused
	PowerOff     Power = "PowerOff"           // it is at rest
	PowerUnknown Power = "PowerUnknown"       // the host can't tell, or can't be heard
	PowerMissing Power = "PowerReportMissing" // it is not on the host any more
)

// PowerOf returns the power state that an instance's state means.
func PowerOf(s driver.State) Power {
	switch {
	case s.Active():
		return PowerOn
	case s == driver.Unknown || s == "":
		return PowerUnknown
	}
	return PowerOff
}

// PowerOfAll returns the power states of instances by ID.
func PowerOfAll(instances []driver.Instance) map[string]Power {
	all := make(map[string]Power, len(instances))
	for _, i := range instances {
		all[i.ID] = PowerOf(i.State)
	}
	return all
}
