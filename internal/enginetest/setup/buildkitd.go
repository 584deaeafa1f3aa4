package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/dockerhv/dockerhv/internal/enginetest"
)

// module is where buildkitd's own module is, seen from the one of this program.
const module = "internal/enginetest/buildkitd"

// buildBuildkitd builds buildkitd unless it is there. It takes a minute or two.
func buildBuildkitd(ctx context.Context) error {
	path, err := enginetest.BuildkitdPath()
	if err != nil {
		return err
	}
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	root, err := exec.CommandContext(ctx, "go", "env", "GOMOD").Output()
	if err != nil {
		return fmt.Errorf("find the module: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	fmt.Fprintln(os.Stderr, "setup: building buildkitd, which takes a minute or two")
	// Under another name first, so that no half is ever taken for a whole.
	half := fmt.Sprintf("%s.%d", path, os.Getpid())
	defer os.Remove(half)
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags=-s -w", "-o", half, "github.com/moby/buildkit/cmd/buildkitd")
	build.Dir = filepath.Join(filepath.Dir(string(root)), module)
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	build.Stdout, build.Stderr = os.Stderr, os.Stderr
	if err := build.Run(); err != nil {
		return fmt.Errorf("build buildkitd: %w", err)
	}
	return os.Rename(half, path)
}
