package preflight

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// replaceFile writes a file whole or not at all: under another name first, which then
// takes its place. One that is there keeps its permissions and its owner, and a link
// stays one.
func replaceFile(path string, data []byte, mode fs.FileMode) (err error) {
	if target, linkErr := filepath.EvalSymlinks(path); linkErr == nil {
		path = target
	}
	before, err := os.Stat(path)
	switch {
	case err == nil:
		mode = before.Mode().Perm()
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	file, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(file.Name()))
		}
	}()
	_, err = file.Write(data)
	if err = errors.Join(err, file.Chmod(mode), giveTo(file, before), file.Sync(), file.Close()); err != nil {
		return err
	}
	if err := os.Rename(file.Name(), path); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

// syncFolder has a folder's names survive a loss of power.
func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	// Some file systems can't, and those that can't need not.
	_ = folder.Sync()
	return folder.Close()
}

// backUp keeps a file's content beside it, and returns where.
func backUp(path string, data []byte, now time.Time) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", err
	}
	backup := path + ".dockerhv-" + now.UTC().Format("20060102T150405.000000Z")
	if err := replaceFile(backup, data, info.Mode().Perm()); err != nil {
		return "", err
	}
	return backup, nil
}

// makeFolders makes a folder and those above it that are missing, and returns those that
// it made, the uppermost first.
func makeFolders(path string) (made []string, err error) {
	for dir := path; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
			break
		}
		made = append([]string{dir}, made...)
	}
	return made, os.MkdirAll(path, 0o755) //nolint:gosec // the engine and its clients read there, and keys have permissions of their own
}
