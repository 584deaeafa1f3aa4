package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"

	"github.com/dockerhv/dockerhv/internal/enginetest"
)

// tests is how the tests of some packages are run.
type tests struct {
	command  []string
	packages []string
}

// run runs the tests on an engine.
func (t tests) run(ctx context.Context, options enginetest.Options) error {
	environ, err := options.Environ()
	if err != nil {
		return err
	}
	args := slices.Concat(t.command[1:], t.packages)
	command := exec.CommandContext(ctx, t.command[0], args...)
	command.Env = append(os.Environ(), environ...)
	command.Stdout, command.Stderr = os.Stdout, os.Stderr
	command.Cancel = func() error { return command.Process.Signal(os.Interrupt) } // so that engines are closed
	if err := command.Run(); err != nil {
		return fmt.Errorf("%s test: %w", t.command[0], err)
	}
	return nil
}
