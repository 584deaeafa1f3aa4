package enginetest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"
)

// Run starts an engine, runs a command with it, closes the engine and returns the command's exit code. The command
// makes what is run from the engine, usually by [Engine.Command], and shares this program's input and outputs.
//
// Signals that ask this program to end are passed on to the command, so that both end in good order.
func Run(ctx context.Context, options Options, command func(context.Context, *Engine) *exec.Cmd) (code int, err error) {
	signals := make(chan os.Signal, 8)
	asked := []os.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGQUIT, syscall.SIGHUP}
	signal.Notify(signals, asked...)
	defer signal.Stop(signals)

	starting, started := signal.NotifyContext(ctx, asked...)
	engine, err := Start(starting, options)
	started()
	if err != nil {
		return 1, err
	}
	code, err = supervise(command(ctx, engine), signals)
	if left := engine.Close(); left != nil {
		return max(code, 1), errors.Join(err, left)
	}
	return code, err
}

// supervise runs cmd to its end, passing signals on, and returns its exit code as a shell would.
func supervise(cmd *exec.Cmd, signals <-chan os.Signal) (int, error) {
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	child, err := spawn(cmd, func() error { return nil })
	if err != nil {
		return 1, fmt.Errorf("start %s: %w", cmd.Path, err)
	}
	for {
		select {
		case received := <-signals:
			if !typed(received) {
				_ = cmd.Process.Signal(received) // it may have just ended
			}
		case <-child.done:
			return exitCode(cmd.ProcessState), nil
		}
	}
}

// typed says whether a signal comes from a key on the terminal, which sends it to the command, too.
func typed(received os.Signal) bool {
	if received != syscall.SIGINT && received != syscall.SIGQUIT {
		return false
	}
	terminal, err := os.Open("/dev/tty")
	if err != nil {
		return false
	}
	defer terminal.Close()
	foreground, err := unix.IoctlGetInt(int(terminal.Fd()), unix.TIOCGPGRP)
	return err == nil && foreground == unix.Getpgrp()
}

func exitCode(state *os.ProcessState) int {
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return 128 + int(status.Signal())
	}
	return state.ExitCode()
}
