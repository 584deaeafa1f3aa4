package docker

import (
	"sync"

	"github.com/dockerhv/dockerhv/driver"
)

// failuresKept bounds what is kept for a report.
const failuresKept = 32

// failures are the last calls that failed. The zero value is ready to use.
type failures struct {
	mu   sync.Mutex
	ring [failuresKept]driver.Failure
	next int // where the next one goes
	many int // of the ring that are set
}

func (f *failures) add(failure driver.Failure) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.ring[f.next] = failure
	f.next = (f.next + 1) % failuresKept
	f.many = min(f.many+1, failuresKept)
}

// list returns them, oldest first.
func (f *failures) list() []driver.Failure {
	f.mu.Lock()
	defer f.mu.Unlock()
	all := make([]driver.Failure, 0, f.many)
	for i := range f.many {
		all = append(all, f.ring[(f.next-f.many+i+failuresKept)%failuresKept])
	}
	return all
}
