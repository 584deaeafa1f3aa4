package drivertest

import (
	"runtime"
	"strings"
	"testing"
	"time"
)

// leakPatience is how long what a test left may take to end.
const leakPatience = 5 * time.Second

// Goroutines registers a check that the test leaves no goroutine behind that did
// not run before. No other test may run beside it.
func Goroutines(t *testing.T) {
	t.Helper()
	before := goroutines()
	t.Cleanup(func() {
		var left []string
		for deadline := time.Now().Add(leakPatience); ; <-time.After(10 * time.Millisecond) {
			left = nil
			for id, stack := range goroutines() {
				if _, old := before[id]; !old {
					left = append(left, stack)
				}
			}
			if len(left) == 0 || time.Now().After(deadline) {
				break
			}
		}
		for _, stack := range left {
			t.Errorf("a goroutine is left behind:\n%s", stack)
		}
	})
}

// goroutines returns the stack of each goroutine by its number.
func goroutines() map[string]string {
	buffer := make([]byte, 1<<20)
	for {
		n := runtime.Stack(buffer, true)
		if n < len(buffer) {
			buffer = buffer[:n]
			break
		}
		buffer = make([]byte, 2*len(buffer))
	}
	stacks := make(map[string]string)
	for stack := range strings.SplitSeq(string(buffer), "\n\n") {
		id, _, _ := strings.Cut(stack, " [") // "goroutine 7 [select]:"
		stacks[id] = stack
	}
	return stacks
}
