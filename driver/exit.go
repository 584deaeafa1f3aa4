package driver

import (
	"fmt"
	"time"

	"github.com/dockerhv/dockerhv"
)

// ExitCause is why an instance's command ended.
type ExitCause string

// The causes. Which of two applies is decided in this order: what this API did,
// what somebody else did, what the kernel did, and else the command itself.
const (
	// ExitNormal: it ended by itself, whatever its code, also on a signal that this
	// API passed on to it.
	ExitNormal ExitCause = "normal"
	// ExitOOM: the kernel killed it, or a process that it could not do without, for
	// its memory.
	ExitOOM ExitCause = "oom"
	// ExitStopped: this API's Stop or Restart asked it to end, and it did.
	ExitStopped ExitCause = "stopped"
	// ExitKilled: this API forced it, after the grace, by Destroy or by SIGKILL.
	ExitKilled ExitCause = "killed"
	// ExitExternal: it was ended from outside, and not by this API.
	ExitExternal ExitCause = "external"
	// ExitUnhealthy: this API stopped it because its health check failed; see
	// StopOptions.Unhealthy.
	ExitUnhealthy ExitCause = "unhealthy"
	// ExitStartFailed: it could not be started; Exit.Error says why.
	ExitStartFailed ExitCause = "start-failed"
	// ExitSuspended: Suspend wrote it to disk, and Resume lets it go on.
	ExitSuspended ExitCause = "suspended"
	// ExitLost: the host lost it, as by a crash of the host, and does not know how it
	// ended.
	ExitLost ExitCause = "lost"
)

// Exit tells how an instance's command ended.
type Exit struct {
	// Code is the exit code; 128 and a signal's number for one that a signal ended.
	Code int `json:"code"`
	// Signal is the number of the signal that ended it, 0 if none did. It is read from
	// the code, as a shell does: a command may also exit with such a code by itself.
	Signal int `json:"signal,omitempty"`
	// Cause is why it ended, as far as it is known. A driver keeps no file: what it
	// did itself it knows as long as it lives, and of what was before the host's own
	// record tells, which does not say who asked, and may be short. Then a stop and a
	// kill that the record has are told as ExitStopped and ExitKilled, whoever asked.
	Cause ExitCause `json:"cause,omitempty"`
	// OOM is true when the host's kernel killed it, or a process of it, for its
	// memory. It is false for one that somebody ended.
	OOM bool `json:"oom,omitempty"`
	// Error is the host's word on a command that could not be started.
	Error string `json:"error,omitempty"`
	// Time is when it ended, by the host's clock.
	Time time.Time `json:"time,omitzero"`
}

// ExitError is the error of what awaits an instance whose command ended meanwhile.
// It matches dockerhv.ErrFailed.
type ExitError struct{ Exit Exit }

// Error says how the command ended.
func (e *ExitError) Error() string {
	if e.Exit.Error != "" {
		return "it could not be started: " + e.Exit.Error
	}
	return fmt.Sprintf("its command ended with code %d (%s)", e.Exit.Code, e.Exit.Cause)
}

// Unwrap returns dockerhv.ErrFailed.
func (e *ExitError) Unwrap() error { return dockerhv.ErrFailed }
