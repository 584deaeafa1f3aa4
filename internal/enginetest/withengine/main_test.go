package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/dockerhv/dockerhv/internal/enginetest"
)

// commandVar makes this test program be withengine.
const commandVar = "DOCKERHV_TEST_WITHENGINE"

func TestMain(m *testing.M) {
	if os.Getenv(commandVar) != "" {
		main()
	}
	enginetest.Main(m)
}

func TestPrivateEngine(t *testing.T) {
	enginetest.Endpoint(t)
	stdout, stderr, code := withengine(t, nil, "-private", "--", "sh", "-c", "echo $DOCKER_HOST; exit 3")
	endpoint := strings.TrimSpace(stdout)
	if !strings.HasPrefix(endpoint, "unix:///") || code != 3 {
		t.Errorf("command said %q and exited with %d; want a socket and 3; %s", stdout, code, stderr)
	}
	if want := "withengine: using a private engine at " + endpoint + "\n"; stderr != want {
		t.Errorf("stderr is %q, want %q", stderr, want)
	}
	if _, err := os.Stat(strings.TrimPrefix(endpoint, "unix://")); err == nil {
		t.Error("the engine is still there")
	}
}

func TestReachableEngine(t *testing.T) {
	endpoint := enginetest.Endpoint(t)
	for _, test := range []struct {
		name string
		env  []string
		host string
		says string
	}{
		{"address", []string{"DOCKER_HOST=" + endpoint}, endpoint, "using the engine at " + endpoint},
		{"remote", []string{"DOCKER_HOST=ssh://host.example"}, "ssh://host.example", "using the engine at ssh://host.example"},
		{"context", []string{"DOCKER_HOST=", "DOCKER_CONTEXT=other"}, "", "using the chosen docker context"},
	} {
		t.Run(test.name, func(t *testing.T) {
			stdout, stderr, code := withengine(t, test.env, "sh", "-c", "echo $DOCKER_HOST; exit 4")
			if strings.TrimSpace(stdout) != test.host || code != 4 || stderr != "withengine: "+test.says+"\n" {
				t.Errorf("stdout %q, stderr %q, exit code %d", stdout, stderr, code)
			}
		})
	}
}

func TestUnreachableEngineIsReplaced(t *testing.T) {
	enginetest.Endpoint(t)
	_, stderr, code := withengine(t, []string{"DOCKER_HOST=unix:///nonexistent"}, "true")
	if code != 0 || !strings.Contains(stderr, "using a private engine") {
		t.Errorf("stderr %q, exit code %d", stderr, code)
	}
}

func TestMistakes(t *testing.T) {
	if _, stderr, code := withengine(t, nil); code != 2 || !strings.Contains(stderr, "no command") {
		t.Errorf("without a command: stderr %q, exit code %d", stderr, code)
	}
	env := []string{"DOCKERHV_TEST_DOCKERD=/nonexistent"}
	if _, stderr, code := withengine(t, env, "-private", "true"); code != 1 || strings.Count(stderr, "\n") != 1 {
		t.Errorf("without an engine: stderr %q, exit code %d", stderr, code)
	}
}

// withengine runs the command with variables added to its environment.
func withengine(t *testing.T, env []string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), program, args...)
	command.Env = append(append(os.Environ(), commandVar+"=1"), env...)
	var out, said bytes.Buffer
	command.Stdout, command.Stderr = &out, &said
	if err := command.Run(); err != nil && !errors.As(err, new(*exec.ExitError)) {
		t.Fatal(err)
	}
	return out.String(), said.String(), command.ProcessState.ExitCode()
}
