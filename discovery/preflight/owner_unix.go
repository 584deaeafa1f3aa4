//go:build unix

package preflight

import (
	"io/fs"
	"os"
	"syscall"
)

// giveTo gives a file the owner of another; nil leaves it.
func giveTo(file *os.File, other fs.FileInfo) error {
	if other == nil {
		return nil
	}
	owner, ok := other.Sys().(*syscall.Stat_t)
	if !ok {
		return nil
	}
	return file.Chown(int(owner.Uid), int(owner.Gid))
}
