package archtest

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestImports(t *testing.T) {
	g := load(t)
	for _, line := range g.broken(laws) {
		t.Error(line)
	}
	for _, pattern := range g.idle(laws) {
		if !slices.Contains(awaited, pattern) {
			t.Errorf("no package matches %q any more: mend the laws that name it", pattern)
		}
	}
}

func TestPackageNames(t *testing.T) {
	for _, p := range load(t).ours() {
		if name := path.Base(p.ImportPath); slices.Contains(vague, name) {
			t.Errorf("%s: the name %q does not say what the package is for", p.ImportPath, name)
		}
	}
}

func TestTopOfTree(t *testing.T) {
	entries, err := os.ReadDir(root(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if !matchAny(top, entry.Name()) {
			t.Errorf("%s has no place at the top of the tree; see the list named top", entry.Name())
		}
	}
}

// root is the directory of this module.
func root(t *testing.T) string {
	t.Helper()
	file := strings.TrimSpace(string(goCommand(t, ".", "env", "GOMOD")))
	return filepath.Dir(file)
}

// load asks go for this module's packages and all that they import.
func load(t *testing.T) graph {
	t.Helper()
	dir := root(t)
	g := graph{
		module:   strings.TrimSpace(string(goCommand(t, dir, "list", "-m"))),
		packages: map[string]pkg{"C": {Standard: true}}, // cgo's, in packages such as net
	}
	list := goCommand(t, dir, "list", "-e", "-deps", "-json=ImportPath,Standard,Imports,TestImports,XTestImports", "./...")
	for decoder := json.NewDecoder(strings.NewReader(string(list))); ; {
		var p pkg
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return g
		} else if err != nil {
			t.Fatal(err)
		}
		g.packages[p.ImportPath] = p
	}
}

func goCommand(t *testing.T, dir string, args ...string) []byte {
	t.Helper()
	command := exec.CommandContext(t.Context(), "go", args...)
	command.Dir = dir
	output, err := command.Output()
	if exit := new(exec.ExitError); errors.As(err, &exit) {
		t.Fatalf("go %s: %s", strings.Join(args, " "), exit.Stderr)
	} else if err != nil {
		t.Fatal(err)
	}
	return output
}
