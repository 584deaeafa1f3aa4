package enginetest

import (
	"os/exec"
	"strings"
	"testing"
)

// TestEngineIsTheOneAskedFor compares what this process's engine says with what the environment asks for.
func TestEngineIsTheOneAskedFor(t *testing.T) {
	got, err := Describe(t.Context(), Endpoint(t))
	if err != nil {
		t.Fatal(err)
	}
	options, err := Options{}.complete()
	if err != nil {
		t.Fatal(err)
	}
	program, err := options.locate()
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), program, "--version")
	if options.Root != "" {
		command = exec.CommandContext(t.Context(), "chroot", options.Root, program, "--version")
	}
	said, err := command.Output()
	if err != nil {
		t.Fatal(err)
	}
	if want := "Docker version " + got.Version + ","; !strings.HasPrefix(string(said), want) {
		t.Errorf("the engine says that it is %q, its program %q", got.Version, said)
	}
	features, _ := options.Config["features"].(map[string]any)
	if want, asked := features["containerd-snapshotter"]; asked && want != got.ContainerdStore {
		t.Errorf("containerd's image store: %v, want %v", got.ContainerdStore, want)
	}
}
