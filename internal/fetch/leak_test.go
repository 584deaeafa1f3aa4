package fetch_test

import (
	"os"
	"runtime"
	"testing"
	"time"
)

// usage counts what a download could leave behind.
type usage struct{ goroutines, files int }

func resources(t *testing.T) usage {
	t.Helper()
	u := usage{goroutines: runtime.NumGoroutine()}
	if open, err := os.ReadDir("/proc/self/fd"); err == nil {
		u.files = len(open)
	}
	return u
}

// settle waits until no more is in use than before.
func settle(t *testing.T, before usage) {
	t.Helper()
	var now usage
	for range 200 {
		if now = resources(t); now.goroutines <= before.goroutines && now.files <= before.files {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	buffer := make([]byte, 1<<16)
	t.Errorf("in use: %+v, before: %+v\n%s", now, before, buffer[:runtime.Stack(buffer, true)])
}
