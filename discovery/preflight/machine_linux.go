package preflight

import (
	"golang.org/x/sys/unix"

	"github.com/dockerhv/dockerhv/driver"
)

// freeInodes is how many files there is room for below a folder. A file system that has
// no such bound tells of none at all, and is unknown.
func freeInodes(folder string) driver.Figure {
	var disk unix.Statfs_t
	if folder == "" || unix.Statfs(folder, &disk) != nil || disk.Files == 0 {
		return driver.Figure{}
	}
	return driver.Measure(disk.Ffree)
}
