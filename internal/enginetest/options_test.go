package enginetest

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestOptionsOfTheEnvironment(t *testing.T) {
	there := Options{Program: "/bin/dockerd", Root: "/root", Config: map[string]any{"debug": true, "mtu": 1400.0}}
	environ, err := there.Environ()
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range environ {
		name, value, _ := strings.Cut(entry, "=")
		t.Setenv(name, value)
	}
	got, err := Options{Root: "/other", Args: []string{"-D"}, Config: map[string]any{"mtu": 1300.0}}.complete()
	if err != nil {
		t.Fatal(err)
	}
	want := Options{
		Program: "/bin/dockerd", Root: "/other", Args: []string{"-D"}, Config: map[string]any{"debug": true, "mtu": 1300.0},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("options (-want +got):\n%s", diff)
	}
	t.Setenv(configVar, "{")
	if _, err := (Options{}).complete(); err == nil || !strings.Contains(err.Error(), configVar) {
		t.Errorf("a configuration that is none: %v, want %s named", err, configVar)
	}
}
