//go:build unix

package repository

import (
	"os/exec"
	"syscall"
)

// ownGroup has a command end with all that it started.
func ownGroup(command *exec.Cmd) {
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	command.Cancel = func() error { return endGroup(command) }
}

// endGroup kills a command and all that it started.
func endGroup(command *exec.Cmd) error { return syscall.Kill(-command.Process.Pid, syscall.SIGKILL) }
