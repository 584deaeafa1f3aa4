package driver_test

import (
	"math"
	"strings"
	"testing"

	"github.com/dockerhv/dockerhv/driver"
)

// 82, 83: what lies outside of a bound is refused; unlimited, default and zero are told
// apart.
func TestValidateLimits(t *testing.T) {
	bound := func(r driver.Resources) func(*driver.Spec) { return func(s *driver.Spec) { s.Resources = r } }
	io := func(io driver.IO) func(*driver.Spec) { return func(s *driver.Spec) { s.IO = io } }
	disk := func(d ...driver.DeviceIO) func(*driver.Spec) { return io(driver.IO{Devices: d}) }
	ulimit := func(name string, soft, hard int64) func(*driver.Spec) {
		return func(s *driver.Spec) { s.Ulimits = map[string]driver.Ulimit{name: {Soft: soft, Hard: hard}} }
	}
	refuses(t, map[string][]func(*driver.Spec){
		"resources.cpuShares":   {bound(driver.Resources{CPUShares: 1}), bound(driver.Resources{CPUShares: 1 << 20}), bound(driver.Resources{CPUShares: -1})},
		"resources.cpuSet":      {bound(driver.Resources{CPUSet: "0-"}), bound(driver.Resources{CPUSet: "all"}), bound(driver.Resources{CPUSet: "3-1"}), bound(driver.Resources{CPUSet: "0-8192"}), bound(driver.Resources{CPUSet: "0-" + strings.Repeat("9", 30)})},
		"resources.memoryNodes": {bound(driver.Resources{MemoryNodes: "-1"}), bound(driver.Resources{MemoryNodes: "1024"})},
		"resources.memoryReservation": {
			bound(driver.Resources{MemoryReservation: 1}), bound(driver.Resources{Memory: 8 << 20, MemoryReservation: 9 << 20}),
		},
		"resources.swap": {
			bound(driver.Resources{Swap: 1}), bound(driver.Resources{Swap: driver.Unlimited}), bound(driver.Resources{Memory: 8 << 20, Swap: -3}),
			bound(driver.Resources{Memory: 8 << 20, Swap: math.MaxInt64}),
		},
		"resources.noOOMKill":    {bound(driver.Resources{NoOOMKill: true})},
		"resources.oomScore":     {bound(driver.Resources{OOMScore: 1001}), bound(driver.Resources{OOMScore: -1001})},
		"resources.pids":         {bound(driver.Resources{PIDs: -2}), bound(driver.Resources{PIDs: 4194305})},
		"resources.sharedMemory": {bound(driver.Resources{SharedMemory: -1})},
		"resources.disk":         {bound(driver.Resources{Disk: -1})},
		"io.weight":              {io(driver.IO{Weight: 9}), io(driver.IO{Weight: 1001})},
		"io.devices[0]":          {disk(driver.DeviceIO{Device: "/dev/sda"})},
		"io.devices[0].device":   {disk(driver.DeviceIO{ReadOps: 1}), disk(driver.DeviceIO{Device: "/dev/../etc", ReadOps: 1})},
		"io.devices[1].device":   {disk(driver.DeviceIO{Device: "/dev/sda", ReadOps: 1}, driver.DeviceIO{Device: "/dev/sda", WriteOps: 1})},
		"io.devices[0].weight":   {disk(driver.DeviceIO{Device: "/dev/sda", Weight: 1})},
		"ulimits.nofile":         {ulimit("nofile", 2, 1), ulimit("nofile", -2, 1), ulimit("nofile", -1, 1), ulimit("nofile", 0, -2)},
		"ulimits.files":          {ulimit("files", 1, 1)},
	})
	accepts(t,
		bound(driver.Resources{CPUShares: 2, CPUSet: "0-1,3", MemoryNodes: "0", Memory: 64 << 20, MemoryReservation: 64 << 20, SharedMemory: 1, PIDs: 4194304, Disk: 1}),
		bound(driver.Resources{Memory: 64 << 20, Swap: driver.NoSwap}), bound(driver.Resources{Memory: 64 << 20, Swap: driver.Unlimited}),
		bound(driver.Resources{Memory: 64 << 20, Swap: 1, NoOOMKill: true}),
		bound(driver.Resources{PIDs: driver.Unlimited, OOMScore: -1000}), bound(driver.Resources{OOMScore: 1000}),
		io(driver.IO{Weight: 10, Devices: []driver.DeviceIO{{Device: "/dev/sda", Weight: 1000, ReadBytes: 1, WriteBytes: 1, ReadOps: 1, WriteOps: math.MaxUint64}}}),
		ulimit("nofile", 1, 1), ulimit("core", driver.Unlimited, driver.Unlimited), ulimit("core", 0, 0), ulimit("core", 5, driver.Unlimited),
	)
}
