package memory_test

import (
	"maps"

	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/driver/memory"
)

// bug is a bug that a driver may have.
type bug struct {
	breaks string // the rule that finds it
	plant  func(h *memory.Host, d *memory.Driver, owner string) driver.Driver
}

// planted is a bug in one driver's methods.
func planted(breaks string, change func(m *mutant)) bug {
	return bug{breaks, func(_ *memory.Host, d *memory.Driver, _ string) driver.Driver {
		m := &mutant{Driver: d}
		change(m)
		return m
	}}
}

// bugs are all bugs by name.
func bugs() map[string]bug {
	all := make(map[string]bug)
	for _, some := range []map[string]bug{
		createBugs(), stopBugs(), queryBugs(), waitBugs(), eventBugs(), logBugs(), networkBugs(), volumeBugs(), hostBugs(),
		recoverBugs(), otherBugs(), exitBugs(), healthBugs(), asideBugs(), consoleBugs(), suspendBugs(), captureBugs(),
	} {
		maps.Copy(all, some)
	}
	return all
}
