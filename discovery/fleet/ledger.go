package fleet

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"sync"
	"time"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

// LedgerOptions says how much of a host is sold. The zero value sells what there is,
// once.
type LedgerOptions struct {
	// CPUOvercommit and MemoryOvercommit are how many times a host's CPUs and memory
	// are sold: CloudStack's cpu.overprovisioning.factor and mem.overprovisioning.factor.
	// 0 means 1.
	CPUOvercommit, MemoryOvercommit float64
	// CPUReserved and MemoryReserved, in CPUs and bytes, are the host's own, which are
	// not sold: CloudStack's host.reserved.cpu and host.reserved.mem.
	CPUReserved    float64
	MemoryReserved int64
	// Expiry is after how long a claim that is not confirmed is given back; 0 means 10
	// minutes.
	Expiry time.Duration
	// SizeOf tells from an instance that was listed, such as by its labels, what it has of
	// its host, or that it can't. Nil means that it never can, and the host is asked for
	// each instance once.
	SizeOf func(driver.Instance) (driver.Resources, bool)
}

// DefaultExpiry is the expiry of claims of a ledger that sets none.
const DefaultExpiry = 10 * time.Minute

// ErrFull is what a claim matches for which a host has no room. Another host may have.
var ErrFull = errors.New("the host has no room")

// Ledger is what is sold of one host, so that it is not sold twice: an orchestrator
// claims, creates the instance, and confirms; what it forgets to confirm is given back.
// A claim counts from its first moment until its release, whether its instance runs or
// not. It is safe for concurrent use. Make one with [NewLedger].
type Ledger struct {
	opts LedgerOptions

	mu       sync.Mutex
	capacity amount
	claimed  amount
	claims   map[string]claim
	clock    uint64            // grows with each change
	rebuilds int               // how many are under way
	released map[string]uint64 // when claims were released while a rebuild is under way
}

// amount is an amount of CPU time, in a CPU's billionths, and of memory, in bytes.
type amount struct{ cpu, memory int64 }

func (a amount) plus(b amount) amount  { return amount{a.cpu + b.cpu, a.memory + b.memory} }
func (a amount) minus(b amount) amount { return amount{a.cpu - b.cpu, a.memory - b.memory} }

// claim is what one instance has of the host.
type claim struct {
	amount
	expires time.Time // zero if it is confirmed
	changed uint64    // by the ledger's clock
}

// Room is an amount of what a host has.
type Room struct {
	CPUs   float64
	Memory int64 // bytes
}

// NewLedger makes the ledger of a host of which nothing is sold.
func NewLedger(facts driver.Host, o LedgerOptions) *Ledger {
	o.CPUOvercommit, o.MemoryOvercommit = cmp.Or(o.CPUOvercommit, 1), cmp.Or(o.MemoryOvercommit, 1)
	o.Expiry = cmp.Or(o.Expiry, DefaultExpiry)
	if o.SizeOf == nil {
		o.SizeOf = func(driver.Instance) (driver.Resources, bool) { return driver.Resources{}, false }
	}
	l := &Ledger{opts: o, claims: make(map[string]claim), released: make(map[string]uint64)}
	l.SetCapacity(facts)
	return l
}

// SetCapacity takes a host's fingerprint in. What is sold already stays sold, even if
// there is less now.
func (l *Ledger) SetCapacity(facts driver.Host) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.capacity = amount{
		cpu:    int64((float64(facts.CPUs) - l.opts.CPUReserved) * l.opts.CPUOvercommit * nano),
		memory: int64(float64(facts.Memory-l.opts.MemoryReserved) * l.opts.MemoryOvercommit),
	}
}

const nano = 1e9

// Claim reserves the CPUs and the memory of a spec for an instance, until it is
// confirmed, released or expires. The same claim again renews an unconfirmed one;
// another size under the same ID is dockerhv.ErrExists. No room is ErrFull. A spec that
// bounds its CPUs or its memory not at all is taken to need none.
func (l *Ledger) Claim(id string, r driver.Resources) error {
	size, err := sizeOf(r)
	if err != nil {
		return claimError(id, nil, err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.expire()
	old, ok := l.claims[id]
	switch {
	case ok && old.amount != size:
		return claimError(id, dockerhv.ErrExists, errors.New("the ID has a claim of another size"))
	case ok && old.expires.IsZero():
		return nil
	case !ok:
		if err := l.fits(size); err != nil {
			return claimError(id, dockerhv.ErrConflict, err)
		}
	}
	l.put(id, size, time.Now().Add(l.opts.Expiry))
	return nil
}

// Confirm makes a claim last until it is released: its instance exists. A claim that has
// expired or never was is dockerhv.ErrNotFound; claim anew, or destroy the instance.
func (l *Ledger) Confirm(id string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.expire()
	c, ok := l.claims[id]
	if !ok {
		return claimError(id, dockerhv.ErrNotFound, errors.New("there is no claim, or it has expired"))
	}
	l.put(id, c.amount, time.Time{})
	return nil
}

// Resize changes the size of a claim, confirmed or not. No room for more is ErrFull, and
// the claim stays as it is.
func (l *Ledger) Resize(id string, r driver.Resources) error {
	size, err := sizeOf(r)
	if err != nil {
		return claimError(id, nil, err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.expire()
	c, ok := l.claims[id]
	if !ok {
		return claimError(id, dockerhv.ErrNotFound, errors.New("there is no claim, or it has expired"))
	}
	if err := l.fits(size.minus(c.amount)); err != nil {
		return claimError(id, dockerhv.ErrConflict, err)
	}
	l.put(id, size, c.expires)
	return nil
}

// Release gives a claim back. One that is absent is none.
func (l *Ledger) Release(id string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.drop(id)
	if l.rebuilds > 0 {
		l.released[id] = l.tick()
	}
}

// Free returns what can still be claimed; it is negative where more is sold than there is.
func (l *Ledger) Free() Room {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.expire()
	free := l.capacity.minus(l.claimed)
	return Room{CPUs: float64(free.cpu) / nano, Memory: free.memory}
}

// Pending returns how many claims are neither confirmed nor expired, and when the last
// of them expires.
func (l *Ledger) Pending() (n int, until time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.expire()
	for _, c := range l.claims {
		if c.expires.IsZero() {
			continue
		}
		n++
		if c.expires.After(until) {
			until = c.expires
		}
	}
	return n, until
}

// fits tells why an amount more can't be claimed. The caller has the lock.
func (l *Ledger) fits(more amount) error {
	free := l.capacity.minus(l.claimed)
	if more.cpu > max(0, free.cpu) {
		return fmt.Errorf("%w: %g CPUs are asked for and %g are free", ErrFull, float64(more.cpu)/nano, float64(free.cpu)/nano)
	}
	if more.memory > max(0, free.memory) {
		return fmt.Errorf("%w: %d bytes of memory are asked for and %d are free", ErrFull, more.memory, free.memory)
	}
	return nil
}

// put writes a claim. The caller has the lock.
func (l *Ledger) put(id string, size amount, expires time.Time) {
	l.claimed = l.claimed.minus(l.claims[id].amount).plus(size)
	l.claims[id] = claim{amount: size, expires: expires, changed: l.tick()}
}

func (l *Ledger) drop(id string) {
	l.claimed = l.claimed.minus(l.claims[id].amount)
	delete(l.claims, id)
}

// expire gives back what was not confirmed in time.
func (l *Ledger) expire() {
	now := time.Now()
	for id, c := range l.claims {
		if !c.expires.IsZero() && !now.Before(c.expires) {
			l.drop(id)
		}
	}
}

func (l *Ledger) tick() uint64 {
	l.clock++
	return l.clock
}

// sizeOf is what an instance takes of its host.
func sizeOf(r driver.Resources) (amount, error) {
	cpu := math.Round(r.CPUs * nano)
	if !(cpu >= 0 && cpu < math.MaxInt64/2) { // NaN is neither
		return amount{}, &dockerhv.FieldError{Field: "resources.cpus", Reason: "is no number of CPUs"}
	}
	if r.Memory < 0 {
		return amount{}, &dockerhv.FieldError{Field: "resources.memory", Reason: "is negative"}
	}
	return amount{cpu: int64(cpu), memory: r.Memory}, nil
}

func claimError(id string, class, err error) error {
	return &dockerhv.Error{Op: "claim resources", ID: id, Class: class, Err: err}
}
