package driver

import (
	"fmt"

	"github.com/dockerhv/dockerhv"
)

// UnkillableError is the error of Stop, Restart and Destroy of an instance that does
// not end although it was killed, or of whose end the host does not tell. It matches
// dockerhv.ErrFailed. The instance stays, and the same call later completes.
type UnkillableError struct {
	// PID is the number of its first process on the host; 0 if the host does not tell.
	PID int
}

// Error names the process.
func (e *UnkillableError) Error() string {
	if e.PID == 0 {
		return "it was killed, and the host does not tell that it ended"
	}
	return fmt.Sprintf("it was killed, and its process %d on the host does not end", e.PID)
}

// Unwrap returns dockerhv.ErrFailed.
func (e *UnkillableError) Unwrap() error { return dockerhv.ErrFailed }
