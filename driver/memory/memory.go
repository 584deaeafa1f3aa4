// Package memory is a driver whose host is a value in memory, for the tests of
// what uses a driver: an orchestrator's recovery, say, when the answer to a call
// was lost.
//
//	host := memory.New(memory.Options{})
//	image := host.Put("example.org/web:1", memory.Image{Command: []string{"serve"}})
//	d := host.Open("my-cloud")
//	d.Create(ctx, driver.Spec{ID: "i1", Image: image.ID})
//	d.Start(ctx, "i1")
//	host.Exit("my-cloud", "i1", 3) // its command ends, and d tells of it
//	host.Fail(func(ctx context.Context, c memory.Call) error { ... }) // what a call meets
//
// It keeps every rule of package driver, which drivertest proves, and has all
// optional interfaces. Any number of drivers share a [Host], whose state outlives
// them. What an instance runs is a Go function, a [Program], in place of a program
// in the image. What needs a kernel, such as mounts and limits of the system, is
// taken from a spec and has no effect; only memory is bounded, by what a program
// says that it uses.
package memory

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"sync"
	"time"

	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/template"
)

// Options says what a host is like. The zero value works.
type Options struct {
	// Host is what drivers tell of it. Zero fields get values of a small host: 4
	// CPUs, 8 GiB of memory, linux/amd64.
	Host driver.Host
	// Programs are what instances run, by a command's first word, besides and before
	// those of [Programs].
	Programs map[string]Program
	// Default runs a command that is in neither; nil means that it can't be started,
	// as a program that is not in the image.
	Default Program
	// Now is the host's clock; nil means the machine's.
	Now func() time.Time
	// Networks are the names of networks that the host has beside its default one and
	// that have no owner.
	Networks []string
	// EventBound is how many events a reader may be behind before it gets a gap; 0
	// means 1024.
	EventBound int
}

// Host is a host in memory. It is safe for concurrent use. Make one with [New].
type Host struct {
	opts     Options
	programs map[string]Program
	installs template.Flights

	mu        sync.Mutex
	changed   chan struct{} // closed, and made anew, at each change
	instances map[key]*instance
	networks  map[key]*network
	retired   map[key]*instance
	replaced  map[*instance]bool    // set aside until another is ready
	busy      map[key]chan struct{} // has a value while no call for the instance is under way
	volumes   map[key]volume        // with no owner where they are nobody's
	images    map[string]*image     // by ID
	tags      map[string]string     // reference to ID
	readers   map[*reader]struct{}
	fail      func(context.Context, Call) error
	away      bool
	made      int // instances so far
	last      time.Time
}

// key is an instance's or a network's name on the host: IDs are an owner's own.
type key struct{ owner, id string }

// New makes a host.
func New(o Options) *Host {
	o.EventBound = cmp.Or(o.EventBound, 1024)
	if o.Now == nil {
		o.Now = time.Now
	}
	programs := Programs()
	maps.Copy(programs, o.Programs)
	return &Host{
		opts: o, programs: programs, changed: make(chan struct{}),
		instances: make(map[key]*instance), retired: make(map[key]*instance), replaced: make(map[*instance]bool),
		networks: make(map[key]*network), volumes: make(map[key]volume),
		busy: make(map[key]chan struct{}), images: make(map[string]*image), tags: make(map[string]string), readers: make(map[*reader]struct{}),
	}
}

// Open returns a driver of an owner. It needs no closing.
func (h *Host) Open(owner string) *Driver {
	d := &Driver{host: h, owner: owner}
	d.prober = driver.NewProber(driver.HealthOptions{}, driver.CoreProbes(d)...)
	return d
}

// now is the time by the host's clock, which never shows a time twice. The caller
// has the lock.
func (h *Host) now() time.Time {
	now := h.opts.Now().UTC().Round(0)
	if !now.After(h.last) {
		now = h.last.Add(time.Nanosecond)
	}
	h.last = now
	return now
}

// change makes everybody who awaits something look again. The caller has the lock.
func (h *Host) change() {
	close(h.changed)
	h.changed = make(chan struct{})
}

// await waits until a condition holds, which is asked under the lock.
func (h *Host) await(ctx context.Context, holds func() bool) error {
	for {
		h.mu.Lock()
		done, changed := holds(), h.changed
		h.mu.Unlock()
		if done {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// describe tells what the host is.
func (h *Host) describe() driver.Host {
	h.mu.Lock()
	defer h.mu.Unlock()
	d := h.opts.Host.Clone()
	d.Schema = driver.HostSchema
	if d.CPUs == 0 {
		d.CPUs, d.LimitsCPU, d.LimitsMemory, d.LimitsSwap, d.LimitsPIDs = 4, true, true, true, true
	}
	d.ID, d.Name = cmp.Or(d.ID, "memory"), cmp.Or(d.Name, "memory")
	d.Endpoint, d.Version = cmp.Or(d.Endpoint, "memory"), cmp.Or(d.Version, "1")
	d.Memory, d.CgroupVersion = cmp.Or(d.Memory, 8<<30), cmp.Or(d.CgroupVersion, "2")
	d.Platform = h.platform()
	d.Capacity.CPUs, d.Capacity.Memory = driver.Measure(d.CPUs), driver.Measure(d.Memory)
	d.Time, d.Images = h.now(), len(h.images)
	if skew := time.Until(d.Time); skew.Abs() > time.Millisecond { // it takes no time to answer
		d.ClockSkew = skew
	}
	for _, i := range h.instances {
		switch {
		case i.state == driver.Paused:
			d.Paused++
		case i.state.Active():
			d.Running++
		default:
			d.Stopped++
		}
	}
	return d
}

// newHostID names an instance as no other is named. The caller has the lock.
func (h *Host) newHostID() string {
	h.made++
	return fmt.Sprintf("memory-%06d", h.made)
}
