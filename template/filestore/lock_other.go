//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package filestore

import (
	"errors"
	"fmt"
	"os"
	"runtime"
)

// lock refuses: two processes on one folder would destroy it.
func lock(string) (*os.File, error) {
	return nil, fmt.Errorf("a folder can't be locked on %s: %w", runtime.GOOS, errors.ErrUnsupported)
}
