//go:build !unix

package repository

import "os/exec"

// ownGroup does nothing where there are no process groups: the command alone is ended.
func ownGroup(*exec.Cmd) {}

// endGroup kills a command.
func endGroup(command *exec.Cmd) error { return command.Process.Kill() }
