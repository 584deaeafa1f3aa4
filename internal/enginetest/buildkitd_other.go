//go:build !linux

package enginetest

import "testing"

// Buildkitd skips the test.
func Buildkitd(t testing.TB) string {
	t.Helper()
	t.Skip(ErrNoEngine)
	return ""
}
