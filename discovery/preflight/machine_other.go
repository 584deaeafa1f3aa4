//go:build !linux

package preflight

import "github.com/dockerhv/dockerhv/driver"

// freeInodes is unknown: elsewhere an engine runs in a virtual machine.
func freeInodes(string) driver.Figure { return driver.Figure{} }
