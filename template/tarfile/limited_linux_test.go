package tarfile_test

import (
	"errors"
	"fmt"
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

// limitedDir makes a directory a file system with room for so many bytes, where this
// user may: elsewhere it is what it was.
func limitedDir(t *testing.T, dir string, size int64) string {
	t.Helper()
	err := unix.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%d", size))
	if errors.Is(err, os.ErrPermission) {
		return dir
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, 0); err != nil { // which a file that is still open makes impossible
			t.Error(err)
		}
	})
	return dir
}
