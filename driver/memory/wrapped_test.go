package memory_test

import (
	"testing"
	"time"

	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/driver/drivertest"
	"github.com/dockerhv/dockerhv/driver/memory"
)

// 35, 132: who tries again and who spares a host keep the contract's rules, and lose no
// optional interface, alone and one within the other.
func TestConformanceOfWrappers(t *testing.T) {
	retry := driver.RetryOptions{Tries: 3, Base: 10 * time.Millisecond, TryTimeout: time.Minute}
	// It spares the host for less than any pause between two tries, whatever the dice say.
	guard := driver.GuardOptions{Pause: time.Microsecond, Cap: 2 * time.Microsecond}
	t.Run("Retrying", func(t *testing.T) {
		conform(t, func(d *memory.Driver) driver.Driver { return driver.Retrying(d, retry) }, drivertest.Capabilities())
	})
	t.Run("Retrying a Guard", func(t *testing.T) {
		conform(t, func(d *memory.Driver) driver.Driver {
			return driver.Retrying(driver.Guarding(d, guard), retry)
		}, drivertest.Capabilities())
	})
}
