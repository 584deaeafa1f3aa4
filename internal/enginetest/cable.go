package enginetest

import (
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// A Cable joins an engine's network to the test's, to be cut. A test program has one at a time.
type Cable struct {
	engine *Engine
}

// The cable's ends: the engine's and the test's.
const (
	farDevice, farAddress   = "cable0", "10.78.0.1"
	nearDevice, nearAddress = "cable1", "10.78.0.2"
)

// NewCable lays a cable. Both ends go with the engine.
func NewCable(t testing.TB, e *Engine) Cable {
	t.Helper()
	c := Cable{engine: e}
	c.far(t, "ip", "link", "add", farDevice, "type", "veth", "peer", "name", nearDevice, "netns", strconv.Itoa(os.Getpid()))
	c.far(t, "ip", "address", "add", farAddress+"/30", "dev", farDevice)
	c.far(t, "ip", "link", "set", farDevice, "up")
	run(t, exec.CommandContext(t.Context(), "ip", "address", "add", nearAddress+"/30", "dev", nearDevice))
	run(t, exec.CommandContext(t.Context(), "ip", "link", "set", nearDevice, "up"))
	return c
}

// Address is the engine's address on the cable, at which its listeners on 0.0.0.0 are reached.
func (Cable) Address() string { return farAddress }

// Drop makes the engine's end swallow all packets, as a firewall does that forgot the connection.
func (c Cable) Drop(t testing.TB) (mend func()) { return c.filter(t, "-j", "DROP") }

// Reject makes the engine's end reset every connection that something is sent over.
func (c Cable) Reject(t testing.TB) (mend func()) {
	return c.filter(t, "-p", "tcp", "-j", "REJECT", "--reject-with", "tcp-reset")
}

func (c Cable) filter(t testing.TB, rule ...string) (mend func()) {
	t.Helper()
	rule = append([]string{"INPUT", "-i", farDevice}, rule...)
	c.far(t, "iptables", append([]string{"-w", "-I"}, rule...)...)
	return sync.OnceFunc(func() { c.far(t, "iptables", append([]string{"-w", "-D"}, rule...)...) })
}

// Unplug takes the cable out at the engine's end.
func (c Cable) Unplug(t testing.TB) (mend func()) {
	t.Helper()
	c.far(t, "ip", "link", "set", farDevice, "down")
	return sync.OnceFunc(func() { c.far(t, "ip", "link", "set", farDevice, "up") })
}

// far runs a program at the engine's end.
func (c Cable) far(t testing.TB, name string, args ...string) {
	t.Helper()
	run(t, c.engine.Command(t.Context(), name, args...))
}

func run(t testing.TB, cmd *exec.Cmd) {
	t.Helper()
	if output, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(cmd.Args, " "), err, output)
	}
}
