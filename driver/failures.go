package driver

import "sync"

// failuresKept bounds what a report says of the past.
const failuresKept = 32

// Failures remembers the last 32 calls that failed, for the report of a [Dumper]. The
// zero value is ready to use, by many at once.
type Failures struct {
	mu   sync.Mutex
	last []Failure // oldest first
}

// Add remembers a failure, and forgets the oldest where there are too many.
func (f *Failures) Add(failure Failure) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.last) == failuresKept {
		f.last = append(f.last[:0], f.last[1:]...)
	}
	f.last = append(f.last, failure)
}

// List returns them, oldest first.
func (f *Failures) List() []Failure {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]Failure(nil), f.last...)
}
