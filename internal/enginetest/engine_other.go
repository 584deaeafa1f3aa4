//go:build !linux

package enginetest

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
)

// An Engine is a private dockerd. There is none on this operating system.
type Engine struct{}

// Start returns ErrNoEngine.
func Start(context.Context, Options) (*Engine, error) {
	return nil, fmt.Errorf("%w: it needs Linux", ErrNoEngine)
}

// Run returns ErrNoEngine.
func Run(ctx context.Context, options Options, _ func(context.Context, *Engine) *exec.Cmd) (code int, err error) {
	_, err = Start(ctx, options)
	return 1, err
}

// Endpoint is the engine's address.
func (*Engine) Endpoint() string { return "" }

// ConfigFile is the path of its daemon.json.
func (*Engine) ConfigFile() string { return "" }

// Log returns what dockerd wrote so far.
func (*Engine) Log() string { return "" }

// Dial connects to an address inside the engine's network.
func (*Engine) Dial(context.Context, string, string) (net.Conn, error) { return nil, ErrNoEngine }

// Command is like exec.CommandContext, for a program inside the engine's network.
func (*Engine) Command(ctx context.Context, name string, args ...string) *exec.Cmd {
	return exec.CommandContext(ctx, name, args...)
}

// Signal sends a signal to dockerd.
func (*Engine) Signal(os.Signal) error { return ErrNoEngine }

// Kill ends dockerd as a crash would.
func (*Engine) Kill() {}

// Restart starts dockerd again.
func (*Engine) Restart(context.Context) error { return ErrNoEngine }

// Close ends the engine.
func (*Engine) Close() error { return nil }
