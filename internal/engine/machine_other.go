//go:build !linux

package engine

import (
	"github.com/docker/docker/api/types/system"

	"github.com/dockerhv/dockerhv/driver"
)

// measureMachine does nothing: elsewhere an engine runs in a virtual machine.
func measureMachine(*driver.Host, system.Info) {}
