package enginetest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
)

// ErrNoEngine says that this machine or user can't have a private engine; the error around it says what to do.
var ErrNoEngine = errors.New("no private engine")

// FindProgram is [exec.LookPath] that looks in the directories of the administrator's programs, too.
func FindProgram(name string) (string, error) {
	for _, dir := range programDirs() {
		if path, err := exec.LookPath(filepath.Join(dir, name)); err == nil {
			return path, nil
		}
	}
	return "", &exec.Error{Name: name, Err: exec.ErrNotFound}
}

// Installed says whether there is a dockerd to run.
func Installed() bool {
	options, err := Options{}.complete()
	if err == nil {
		_, err = options.locate()
	}
	return err == nil
}

// locate finds the dockerd to run and returns its path inside the root.
func (o Options) locate() (string, error) {
	if o.Root != "" {
		return o.locateInRoot()
	}
	if o.Program != "" {
		path, err := exec.LookPath(o.Program)
		if err != nil {
			return "", fmt.Errorf("no such dockerd, mend Options.Program or %s: %w", programVar, err)
		}
		return path, nil
	}
	path, err := FindProgram("dockerd")
	if err != nil {
		return "", fmt.Errorf("%w: install Docker (apt-get install docker.io)", ErrNoEngine)
	}
	return path, nil
}

func (o Options) locateInRoot() (string, error) {
	paths := []string{o.Program}
	if o.Program == "" {
		paths = nil
		for _, dir := range programDirs() {
			paths = append(paths, filepath.Join(dir, "dockerd"))
		}
	}
	for _, path := range paths {
		if _, err := exec.LookPath(filepath.Join(o.Root, path)); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("no dockerd in the root %s, mend Options.Root or %s", o.Root, rootVar)
}

// permitted says why this user can't have an engine.
func permitted() error {
	if os.Geteuid() != 0 {
		return fmt.Errorf("%w: run as root, with Docker installed (apt-get install docker.io)", ErrNoEngine)
	}
	return nil
}

// programDirs is PATH and the usual directories, some of which the PATH of many users lacks.
func programDirs() []string {
	dirs := filepath.SplitList(os.Getenv("PATH"))
	for _, dir := range []string{"/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"} {
		if !slices.Contains(dirs, dir) {
			dirs = append(dirs, dir)
		}
	}
	return dirs
}
