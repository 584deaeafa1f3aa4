package dockerhv_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/dockerhv/dockerhv/internal/enginetest"
)

// TestReadmeProgram compiles and runs the program of the README as it is pasted.
func TestReadmeProgram(t *testing.T) {
	endpoint := enginetest.Endpoint(t)
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	block := regexp.MustCompile("(?s)```go\n(package main\n.*?)```").FindSubmatch(readme)
	if block == nil {
		t.Fatal("the README has no program")
	}
	dir := t.TempDir()
	source, program := filepath.Join(dir, "main.go"), filepath.Join(dir, "program")
	if err := os.WriteFile(source, block[1], 0o600); err != nil {
		t.Fatal(err)
	}
	if output, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, source).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}

	ref, _ := enginetest.PushBusybox(t, enginetest.Registry(t), "busybox:latest")
	run := exec.CommandContext(t.Context(), program, ref, "echo", "hello")
	run.Env = append(os.Environ(), "DOCKER_HOST="+endpoint)
	if output, err := run.CombinedOutput(); err != nil || string(output) != "hello\n" {
		t.Errorf("%v, printed:\n%s", err, output)
	}

	// The body is the 25 lines that the README is about: what is not imports, and not empty.
	_, body, _ := strings.Cut(string(block[1]), "\n)\n")
	if lines := len(strings.FieldsFunc(body, func(r rune) bool { return r == '\n' })); lines > 25 {
		t.Errorf("the program has %d lines", lines)
	}
}
