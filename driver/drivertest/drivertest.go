// Package drivertest checks that a driver keeps the rules of package driver.
//
//	func TestConformance(t *testing.T) {
//		drivertest.Run(t, drivertest.Config{
//			New:      func(t *testing.T, owner string) driver.Driver { return open(t, owner) },
//			Workload: drivertest.Busybox(image.ID),
//			Want:     drivertest.Capabilities(),
//		})
//	}
//
// Each subtest proves one rule and is named by it, so that the list of the names,
// which [Rules] returns, is the contract in short:
//
//	Create/again with the same spec returns the instance that is there
//	Stop/kills only after the full grace
//	Events/tells of a life once and in order
//
// The rules of an optional interface are skipped for a driver that lacks it,
// unless Config.Want asks for it. All else that a driver needs to pass is a host
// with an image whose programs do what a [Workload] says.
//
// The file requirements.md beside this package's source maps the project's
// numbered requirements to the rules.
package drivertest

import (
	"cmp"
	"fmt"
	"testing"
	"time"

	"github.com/dockerhv/dockerhv/driver"
)

// Config says what to check. New and Workload are required.
type Config struct {
	// New opens a driver of an owner. It opens the same host each time, several
	// times for one owner, too, and closes with t.Cleanup what it opens. Owners
	// have letters, digits and hyphens.
	New func(t *testing.T, owner string) driver.Driver
	// Workload is what instances run.
	Workload Workload
	// Want lists the optional interfaces that the driver must have; the rules of
	// others are skipped where it lacks them.
	Want []Capability
	// Leaks is called before each group of rules, to register with t.Cleanup a
	// check of what the group leaves behind. Nil means [Goroutines]. Whether
	// instances are left is always checked.
	Leaks func(t *testing.T)
	// Cut cuts every driver off from the host, and returns what ends that. Nil
	// skips the rules about a host that is away.
	Cut func(t *testing.T) (mend func())
	// Each runs the proof of each rule; nil just calls it. With synctest.Test a driver
	// that is all in memory passes the suite without waiting: New must then open a
	// host of each test's own, by its name.
	Each func(t *testing.T, prove func(t *testing.T))
	// Patience bounds each rule; 0 means a minute.
	Patience time.Duration
}

// defaultPatience is the time for a rule where the config sets none.
const defaultPatience = time.Minute

// Run checks a driver. The rules of a group run in parallel, each with owners of
// its own.
func Run(t *testing.T, c Config) {
	if c.New == nil {
		t.Fatal("Config.New is nil: say how to open the driver")
	}
	c.Patience = cmp.Or(c.Patience, defaultPatience)
	if c.Leaks == nil {
		c.Leaks = Goroutines
	}
	if c.Each == nil {
		c.Each = func(t *testing.T, prove func(*testing.T)) { prove(t) }
	}
	t.Run("Want", func(t *testing.T) { wanted(t, c) })
	for n, g := range groups() {
		t.Run(g.name, func(t *testing.T) {
			c.Leaks(t)
			for m, r := range g.rules {
				t.Run(r.name, func(t *testing.T) {
					if !g.alone {
						t.Parallel()
					}
					c.Each(t, func(t *testing.T) { newTrial(t, c, fmt.Sprintf("rule-%d-%d", n, m)).prove(g, r) })
				})
			}
		})
	}
}
