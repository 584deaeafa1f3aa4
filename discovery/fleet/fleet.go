// Package fleet is an agent manager in memory, for an orchestrator to begin with and
// for tests: it knows each host's status and what the cloud does with it, as CloudStack's
// two state machines have them, and the power state of each instance; it tells of what
// changes, drains hosts for maintenance, and sells what hosts have without selling it twice.
//
//	hosts := fleet.New(fleet.Options{})
//	agent := discovery.Agent{Discoverer: found, Open: discovery.Opener(docker.Options{}.Open), Manager: hosts}
//	go agent.Run(ctx) // tells hosts of what it finds
//	go hosts.Run(ctx) // notices who tells nothing any more
//	for change, err := range hosts.Changes(ctx) { ... }
//
// Nothing of it is kept when the program ends: what matters is in the engines, and is
// told anew.
package fleet

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/discovery"
)

// Options says when hosts are behind and how much of them is sold. The zero value
// works: its times are CloudStack's.
type Options struct {
	// PingInterval is how often hosts are to tell how they are; 0 means 1 minute,
	// CloudStack's ping.interval. It is the agent's, too.
	PingInterval time.Duration
	// BehindFactor is after how many intervals without a word a host is in alert; 0
	// means 2.5, CloudStack's ping.timeout.
	BehindFactor float64
	// AlertWait is after how long a host that was disconnected in order is in alert; 0
	// means 30 minutes, CloudStack's alert.wait.
	AlertWait time.Duration
	// Ledger says how much of each host is sold.
	Ledger LedgerOptions
	// ChangeBound is how many changes a reader may be behind before it gets a gap; 0
	// means 1024.
	ChangeBound int
}

// Manager is a [discovery.AgentManager] in memory. It is safe for concurrent use, and
// no call waits for another's host. Make one with [New].
type Manager struct {
	opts Options

	mu      sync.Mutex // held for no I/O
	hosts   map[string]*host
	readers map[*reader]struct{}
}

var _ discovery.AgentManager = (*Manager)(nil)

// New makes a manager that knows no host.
func New(o Options) *Manager {
	o.PingInterval = cmp.Or(o.PingInterval, discovery.DefaultPingInterval)
	o.BehindFactor = cmp.Or(o.BehindFactor, 2.5)
	o.AlertWait = cmp.Or(o.AlertWait, 30*time.Minute)
	o.ChangeBound = cmp.Or(o.ChangeBound, 1024)
	return &Manager{opts: o, hosts: make(map[string]*host), readers: make(map[*reader]struct{})}
}

// Register takes a host in, which is Connecting from then on. One that was removed is
// refused until it is forgotten. Its ledger is rebuilt before it is ready.
func (m *Manager) Register(ctx context.Context, r discovery.Registration) error {
	ledger, fresh, err := m.connect(r)
	if err != nil {
		return err
	}
	if fresh {
		err = ledger.fill(ctx, r.Driver, r.Instances)
	} else {
		err = ledger.Rebuild(ctx, r.Driver)
	}
	if err != nil {
		_ = m.on(r.Endpoint.String(), func(h *host) error { return m.happen(h, discovery.EventAgentDisconnected, err) })
		return err
	}
	return nil
}

// connect makes a host that registers Connecting, and returns its ledger, and whether that
// is fresh.
func (m *Manager) connect(r discovery.Registration) (ledger *Ledger, fresh bool, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	name := r.Endpoint.String()
	h, ok := m.hosts[name]
	if !ok {
		h = &host{name: name, changed: make(chan struct{}), ledger: NewLedger(r.Host, m.opts.Ledger)}
	}
	if h.status == discovery.StatusRemoved {
		return nil, false, m.refuse("register host", h, "forget it first")
	}
	m.hosts[name] = h
	h.endpoint, h.driver = r.Endpoint, r.Driver
	if next, err := h.resource.Next(discovery.EventInternalCreated); err == nil {
		h.resource = next
	}
	return h.ledger, !ok, m.hear(h, discovery.EventAgentConnected, discovery.Ping{
		Host: &r.Host, Power: discovery.PowerOfAll(r.Instances), Full: true,
	})
}

// Ready makes a registered host Up.
func (m *Manager) Ready(_ context.Context, endpoint string) error {
	return m.on(endpoint, func(h *host) error { return m.happen(h, discovery.EventReady, nil) })
}

// Ping takes in how a host is. One that is unknown is dockerhv.ErrNotFound, and one that
// was found to be down must register anew, which is dockerhv.ErrConflict.
func (m *Manager) Ping(_ context.Context, p discovery.Ping) error {
	return m.on(p.Endpoint, func(h *host) error { return m.hear(h, discovery.EventPing, p) })
}

// Disconnect takes in that a host is not heard any more, and why. Its instances are
// unknown from then on.
func (m *Manager) Disconnect(_ context.Context, endpoint string, cause error) error {
	return m.on(endpoint, func(h *host) error {
		h.driver = nil
		if _, err := h.status.Next(discovery.EventOf(cause)); err != nil {
			return nil //nolint:nilerr // one that was removed, or was found to be down, stays so
		}
		return m.happen(h, discovery.EventOf(cause), cause)
	})
}

// Report takes in what somebody else found out about a host's connection, such as an
// investigator that it is down: discovery.EventHostDown. An event that the host's status
// has no place for is dockerhv.ErrConflict.
func (m *Manager) Report(name string, e discovery.StatusEvent, cause error) error {
	return m.on(name, func(h *host) error { return m.happen(h, e, cause) })
}

// Remove takes a host out of the cloud for good: it may not register again until it is
// forgotten. What runs on it runs on.
func (m *Manager) Remove(name string) error { return m.Report(name, discovery.EventRemove, nil) }

// Forget forgets a host that was removed.
func (m *Manager) Forget(name string) error {
	return m.on(name, func(h *host) error {
		if h.status != discovery.StatusRemoved {
			return m.refuse("forget host", h, "remove it first")
		}
		delete(m.hosts, name)
		return nil
	})
}

// Change changes what the cloud does with a host, such as discovery.EventDisable. An
// event that its resource state has no place for is dockerhv.ErrConflict. To empty a
// host first, see Drain.
func (m *Manager) Change(name string, e discovery.ResourceEvent) error {
	return m.on(name, func(h *host) error { return m.become(h, e) })
}

// Host returns a host as it is now. An unknown one is dockerhv.ErrNotFound.
func (m *Manager) Host(name string) (found Host, err error) {
	err = m.on(name, func(h *host) error {
		found = h.view()
		return nil
	})
	return found, err
}

// Hosts returns all hosts as they are now, ordered by name.
func (m *Manager) Hosts() []Host {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := make([]Host, 0, len(m.hosts))
	for _, h := range m.hosts {
		all = append(all, h.view())
	}
	slices.SortFunc(all, func(a, b Host) int { return cmp.Compare(a.Name, b.Name) })
	return all
}

// on works on a host under the lock.
func (m *Manager) on(name string, work func(*host) error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	h, ok := m.hosts[name]
	if !ok {
		return &dockerhv.Error{
			Op: "find host", Host: name, Class: dockerhv.ErrNotFound, Err: fmt.Errorf("no host of that name is registered"),
			Next: "register it first",
		}
	}
	return work(h)
}

func (m *Manager) refuse(op string, h *host, next string) error {
	return &dockerhv.Error{
		Op: op, Host: h.name, Class: dockerhv.ErrConflict,
		Err: fmt.Errorf("the host is %s and %s", h.status, h.resource), Next: next,
	}
}
