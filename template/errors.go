package template

import (
	"fmt"
	"strings"

	"github.com/dockerhv/dockerhv"
)

// ChecksumError tells that content does not have the checksum that its template
// was registered with. It matches dockerhv.ErrIntegrity.
type ChecksumError struct {
	Want, Got Checksum
}

// Error names both checksums.
func (e *ChecksumError) Error() string {
	return fmt.Sprintf("the checksum is %s, not %s", e.Got, e.Want)
}

// Unwrap returns dockerhv.ErrIntegrity.
func (e *ChecksumError) Unwrap() error { return dockerhv.ErrIntegrity }

// BuildError tells where a Dockerfile failed.
type BuildError struct {
	// Class is dockerhv.ErrInvalid for a Dockerfile that can't be read,
	// dockerhv.ErrFailed for a step that ran and failed, dockerhv.ErrNotFound,
	// dockerhv.ErrDenied or dockerhv.ErrUnavailable for an image or file that a
	// step needs. errors.Is finds it.
	Class error
	// File is the Dockerfile's name in its context.
	File string
	// Line is the line of the instruction, counted from 1; 0 if unknown.
	Line int
	// Source is the instruction at that line; empty if unknown.
	Source string
	// ExitCode is what the failing step exited with; 0 where none ran.
	ExitCode int
	// Output is the last lines that the failing step printed, bounded.
	Output []string
	// Reason is what BuildKit said, in one line.
	Reason string
}

// Error returns one line: "Dockerfile:3: RUN make: exit code 2: its last output".
func (e *BuildError) Error() string {
	s := e.File
	if e.Line > 0 {
		s += fmt.Sprintf(":%d", e.Line)
	}
	if e.Source != "" {
		s += ": " + e.Source
	}
	if e.ExitCode == 0 {
		return inOneLine(s + ": " + e.Reason)
	}
	s += fmt.Sprintf(": exit code %d", e.ExitCode)
	if n := len(e.Output); n > 0 {
		s += ": " + e.Output[n-1]
	}
	return inOneLine(s)
}

// inOneLine folds white space: an instruction may span lines, and what a step
// printed may hold carriage returns.
func inOneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// Unwrap returns the class.
func (e *BuildError) Unwrap() error { return e.Class }
