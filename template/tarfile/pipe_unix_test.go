//go:build unix

package tarfile_test

import (
	"path/filepath"
	"syscall"
	"testing"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/template/tarfile"
)

// TestPipe has a path that nobody writes to: opening it would never return.
func TestPipe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	refused(t, tarfile.Source{Path: path}, dockerhv.ErrInvalid, "not a file")
}
