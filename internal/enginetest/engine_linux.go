package enginetest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// startBound is how long a dockerd may take to answer; it takes about half a second on an idle machine.
const startBound = time.Minute

// An Engine is a private dockerd. Its methods are safe for concurrent use.
type Engine struct {
	dir     string   // all of its files; the last element is its name, hostname and control group
	lock    *os.File // locked while the program that started it lives
	network os.FileInfo
	pid1    *process // its first process; when it ends, all others do
	program string   // its path inside the root
	options Options

	mu     sync.Mutex
	daemon *process // nil until it was started once

	closeOnce sync.Once
	closeErr  error
}

// Start starts a private engine and returns once it answers. It needs root and an installed dockerd.
//
// The caller must Close the engine.
func Start(ctx context.Context, options Options) (*Engine, error) {
	if err := permitted(); err != nil {
		return nil, err
	}
	options, err := options.complete()
	if err != nil {
		return nil, err
	}
	program, err := options.locate()
	if err != nil {
		return nil, err
	}
	sweep()
	dir, lock, err := newDir()
	if err != nil {
		return nil, err
	}
	e := &Engine{dir: dir, lock: lock, program: program, options: options}
	if err := e.boot(ctx); err != nil {
		if left := e.Close(); left != nil {
			err = fmt.Errorf("%w; %w", err, left)
		}
		return nil, err
	}
	return e, nil
}

func (e *Engine) boot(ctx context.Context) error {
	if err := e.startInit(ctx); err != nil {
		return err
	}
	if err := e.loopbackUp(); err != nil {
		return err
	}
	if err := e.writeConfig(ctx); err != nil {
		return err
	}
	return e.startDaemon(ctx)
}

// Endpoint is the engine's address, such as unix:///tmp/dhv-1/s. It can be used from any network.
func (e *Engine) Endpoint() string { return "unix://" + e.path("s") }

// ConfigFile is the path of its daemon.json, which it reads anew when it is restarted.
func (e *Engine) ConfigFile() string { return e.path("daemon.json") }

// Log returns what dockerd wrote so far.
func (e *Engine) Log() string {
	text, err := os.ReadFile(e.path("log"))
	if err != nil {
		return err.Error()
	}
	return string(text)
}

func (e *Engine) name() string { return filepath.Base(e.dir) }

func (e *Engine) path(elem string) string { return filepath.Join(e.dir, elem) }
