package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
)

// enginetestPath is the package whose Main gives a test program its engine.
const enginetestPath = "github.com/dockerhv/dockerhv/internal/enginetest"

// A goPackage is what `go list` says of a package.
type goPackage struct {
	ImportPath, Dir           string
	TestGoFiles, XTestGoFiles []string
}

// enginePackages lists the packages in and below the working directory whose tests want an engine.
func enginePackages(ctx context.Context, goCommand string) ([]string, error) {
	list := exec.CommandContext(ctx, goCommand, "list", "-json=ImportPath,Dir,TestGoFiles,XTestGoFiles", "./...")
	list.Stderr = os.Stderr
	output, err := list.Output()
	if err != nil {
		return nil, fmt.Errorf("%s list: %w", goCommand, err)
	}
	var paths []string
	for decoder := json.NewDecoder(bytes.NewReader(output)); ; {
		var p goPackage
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, err
		}
		wants, err := p.wantsEngine()
		if err != nil {
			return nil, err
		}
		if wants {
			paths = append(paths, p.ImportPath)
		}
	}
	if len(paths) == 0 {
		return nil, errors.New("no package here has tests that want an engine")
	}
	return paths, nil
}

// wantsEngine says whether the package's tests are run by enginetest.Main.
func (p goPackage) wantsEngine() (bool, error) {
	if p.ImportPath == enginetestPath {
		return true, nil
	}
	for _, file := range slices.Concat(p.TestGoFiles, p.XTestGoFiles) {
		source, err := os.ReadFile(filepath.Join(p.Dir, file))
		if err != nil {
			return false, err
		}
		if bytes.Contains(source, []byte("enginetest.Main(")) {
			return true, nil
		}
	}
	return false, nil
}
