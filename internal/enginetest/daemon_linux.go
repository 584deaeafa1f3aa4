package enginetest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"syscall"
	"time"
)

// writeConfig writes daemon.json.
func (e *Engine) writeConfig(ctx context.Context) error {
	// Instances, too, are told "no" at once when they ask for a name.
	config := map[string]any{"dns": []string{"127.0.0.1"}}
	if e.options.Root == "" && e.keyed(ctx) {
		config["deprecated-key-path"] = e.path("key.json")
	}
	maps.Copy(config, e.options.Config)
	text, err := json.Marshal(config)
	if err != nil {
		return fmt.Errorf("daemon.json: %w", err)
	}
	return os.WriteFile(e.path("daemon.json"), text, 0o600)
}

// keyed says whether dockerd takes its ID from a key, which all engines of a machine share unless told otherwise.
// Docker 23 gave that up, and later ones don't know the setting any more.
func (e *Engine) keyed(ctx context.Context) bool {
	version, err := exec.CommandContext(ctx, e.program, "--version").Output()
	match := regexp.MustCompile(`version (\d+)\.`).FindSubmatch(version)
	if err != nil || match == nil {
		return false
	}
	major, err := strconv.Atoi(string(match[1]))
	return err == nil && major < 23
}

// startDaemon starts dockerd, which outlives ctx, and waits until it answers.
func (e *Engine) startDaemon(ctx context.Context) error {
	log, err := os.OpenFile(e.path("log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := exec.CommandContext(context.WithoutCancel(ctx), e.program, e.arguments()...)
	cmd.Env = environment(e.dir)
	cmd.Dir = "/"
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	daemon, err := spawn(cmd, func() error { return e.enter(namespaces) })
	if err != nil {
		return fmt.Errorf("start %s: %w", e.program, err)
	}
	e.daemon = daemon
	return e.await(ctx)
}

func (e *Engine) arguments() []string {
	return append([]string{
		"--config-file", e.path("daemon.json"),
		"--data-root", e.path("data"),
		"--exec-root", e.path("x"),
		"--pidfile", e.path("pid"),
		"--host", e.Endpoint(),
		"--cgroup-parent", "/" + e.name(),
		"--exec-opt", "native.cgroupdriver=cgroupfs",
	}, e.options.Args...)
}

// await waits until dockerd answers, has ended, or took too long.
func (e *Engine) await(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startBound)
	defer cancel()
	for ping(ctx, e.path("s")) != nil {
		select {
		case <-e.daemon.done:
			return fmt.Errorf("dockerd ended at once (%w): %s", e.daemon.err, lastLines(e.Log()))
		case <-ctx.Done():
			return fmt.Errorf("dockerd does not answer (%w): %s", context.Cause(ctx), lastLines(e.Log()))
		case <-time.After(20 * time.Millisecond):
		}
	}
	return nil
}

// Signal sends a signal to dockerd, for example SIGSTOP to make it hang and SIGCONT to let it go on.
func (e *Engine) Signal(signal os.Signal) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.daemon.cmd.Process.Signal(signal)
}

// Kill ends dockerd as a crash would. What runs on the host runs on; Restart brings dockerd back.
func (e *Engine) Kill() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.kill()
}

func (e *Engine) kill() {
	_ = e.daemon.cmd.Process.Kill() // fails only where it has ended already
	<-e.daemon.done
}

// Restart starts dockerd again, with the same state, and returns once it answers. A dockerd that still runs is killed;
// to let it stop in good order, send it SIGTERM and wait before.
func (e *Engine) Restart(ctx context.Context) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.kill()
	// Process numbers of the dead may have been given to others, which dockerd would take for its predecessors.
	for _, file := range []string{"pid", "x/containerd/containerd.pid"} {
		if err := os.Remove(e.path(file)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return e.startDaemon(ctx)
}
