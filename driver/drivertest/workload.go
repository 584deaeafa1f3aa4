package drivertest

import (
	"time"

	"github.com/dockerhv/dockerhv/driver"
)

// Workload is an image on the host, and the commands that make its programs do
// what the suite wants. [Busybox] is ready-made. A field that is nil skips the
// rules that need it.
//
// A command is a Spec.Command, or the Args of a driver.Command where it says so.
type Workload struct {
	// Image is the image's ID on the host. Required.
	Image string

	// Serve prints "ready" and runs until it gets the signal, such as "SIGTERM", on
	// which it ends soon, with the code. Required.
	Serve func(signal string, code int) []string
	// Exit ends with a code after a time. Required.
	Exit func(code int, after time.Duration) []string
	// Stubborn prints "ready" and does not end on SIGTERM. Required.
	Stubborn []string
	// Missing names a program that the image does not have. It can be executed in
	// vain, too. Required.
	Missing []string

	// Count prints "1", "2", "3" and so on, each a few milliseconds after the other,
	// until SIGTERM.
	Count []string
	// Print prints lines to their streams, each a few milliseconds after the other,
	// and ends with code 0.
	Print func(lines []driver.LogLine) []string
	// Eat takes memory, from half a second after its start on, until it is killed for
	// it. A host may miss what happens in the first moments.
	Eat []string
	// Spin uses a CPU's time until it is killed.
	Spin []string

	// Flood prints so many bytes "x", without a line break, and ends. It is executed,
	// too.
	Flood func(bytes int) []string
	// Env prints the value of an environment variable, WorkDir the working directory,
	// User the numeric user, Hostname what the instance calls itself. The first three
	// are executed, too.
	Env      func(name string) []string
	WorkDir  []string
	User     []string
	Hostname []string

	// Cat prints what it reads until its input ends. It is only executed, as are those
	// that follow.
	Cat []string
	// Hang starts a process of its own and runs, as that does, until it is killed. It
	// is executed with an environment variable MARK.
	Hang []string
	// Find ends with code 0 if a process runs whose MARK this is, and else with 1.
	Find func(mark string) []string
	// Size prints the size of its terminal as "rows columns", again and again until it
	// is killed.
	Size []string
	// Read prints a file's content.
	Read func(path string) []string
}

// ready is the line that tells of a command that it runs.
const ready = "ready"
