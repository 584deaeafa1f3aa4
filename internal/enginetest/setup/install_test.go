package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestMissing(t *testing.T) {
	answer := func(met bool) func(context.Context) bool { return func(context.Context) bool { return met } }
	got := missing(t.Context(), []need{
		{packages: []string{"c"}, met: answer(false)},
		{packages: []string{"b"}, met: answer(true)},
		{packages: []string{"a", "d"}, met: answer(false)},
	})
	if diff := cmp.Diff([]string{"a", "c", "d"}, got); diff != "" {
		t.Errorf("missing packages (-want +got):\n%s", diff)
	}
}

func TestInstallNothing(t *testing.T) {
	if err := install(t.Context(), nil); err != nil {
		t.Errorf("with nothing to install: %v", err)
	}
}

func TestForbidStarts(t *testing.T) {
	path := filepath.Join(t.TempDir(), "policy-rc.d")
	allow, err := forbidStarts(path)
	if err != nil {
		t.Fatal(err)
	}
	var exit *exec.ExitError
	if err := exec.CommandContext(t.Context(), path, "docker", "start").Run(); !errors.As(err, &exit) || exit.ExitCode() != 101 {
		t.Errorf("the policy says %v, want exit status 101", err)
	}
	if err := allow(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the policy is still there: %v", err)
	}
}

func TestForbidStartsKeepsTheMachinesPolicy(t *testing.T) {
	path := filepath.Join(t.TempDir(), "policy-rc.d")
	if err := os.WriteFile(path, []byte("its own"), 0o600); err != nil {
		t.Fatal(err)
	}
	allow, err := forbidStarts(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := allow(); err != nil {
		t.Fatal(err)
	}
	if content, err := os.ReadFile(path); err != nil || string(content) != "its own" {
		t.Errorf("the machine's policy is now %q, %v", content, err)
	}
}
