package main

import (
	"os"
	"strings"
	"testing"

	"github.com/dockerhv/dockerhv/internal/enginetest"
)

// TestBuildkitdVersion compares what the program is called with what it is built from.
func TestBuildkitdVersion(t *testing.T) {
	text, err := os.ReadFile("../buildkitd/go.mod")
	if err != nil {
		t.Fatal(err)
	}
	if want := "require github.com/moby/buildkit " + enginetest.BuildkitdVersion + "\n"; !strings.Contains(string(text), want) {
		t.Errorf("go.mod of buildkitd has no line %q", want)
	}
}
