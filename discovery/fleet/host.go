package fleet

import (
	"maps"
	"time"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/discovery"
	"github.com/dockerhv/dockerhv/driver"
)

// Host is what the manager knows of a host. It is plain data, the caller's to keep; what
// Facts and Health point to is to be read only.
type Host struct {
	// Name is its endpoint's.
	Name     string
	Endpoint driver.Endpoint
	// Facts are its fingerprint, as it was last told.
	Facts driver.Host
	// Health is how it was when it last told; nil if its agent does not ask for it.
	Health *driver.Health
	// Driver runs its instances; nil while it is disconnected.
	Driver driver.Driver
	// Status is how the connection to it is, since when, and Cause what led to it; nil
	// if nothing is wrong.
	Status discovery.Status
	Since  time.Time
	Cause  error
	// Resource is what the cloud does with it.
	Resource discovery.ResourceState
	// Heard is when it last told of itself.
	Heard time.Time
	// Power has its instances' power states by ID: unknown for all while it is not heard.
	Power map[string]discovery.Power
}

// Accepts tells whether the host takes new instances: CloudStack's "up and enabled".
func (h Host) Accepts() bool { return accepts(h.Status, h.Resource) }

func accepts(s discovery.Status, r discovery.ResourceState) bool {
	return s == discovery.StatusUp && r == discovery.ResourceEnabled
}

// host is a host that the manager knows. The manager's lock guards it.
type host struct {
	name     string
	endpoint driver.Endpoint
	facts    driver.Host
	health   *driver.Health
	driver   driver.Driver
	ledger   *Ledger

	status   discovery.Status
	since    time.Time
	cause    error
	resource discovery.ResourceState
	heard    time.Time
	told     map[string]discovery.Power // as it was last told, heard or not
	changed  chan struct{}              // closed, and made anew, at each change
}

func (h *host) view() Host {
	v := Host{
		Name: h.name, Endpoint: h.endpoint, Facts: h.facts, Health: h.health, Driver: h.driver,
		Status: h.status, Since: h.since, Cause: h.cause, Resource: h.resource, Heard: h.heard,
		Power: maps.Clone(h.told),
	}
	for id := range v.Power {
		v.Power[id] = h.powerOf(id)
	}
	return v
}

// powerOf is an instance's power state as far as it is known now.
func (h *host) powerOf(id string) discovery.Power {
	if p, ok := h.told[id]; !ok || h.status.Heard() {
		return p
	}
	return discovery.PowerUnknown
}

// hear takes in what a host told of itself. Its power states count before the event
// does, which may make them known again. The caller has the lock.
func (m *Manager) hear(h *host, e discovery.StatusEvent, p discovery.Ping) error {
	if _, err := h.status.Next(e); err != nil {
		return m.wrong(h, err)
	}
	if p.Host != nil {
		h.facts, h.health = *p.Host, p.Health
		h.ledger.SetCapacity(*p.Host)
	}
	m.power(h, p.Power, p.Full)
	h.heard = time.Now()
	return m.happen(h, e, nil)
}

func (*Manager) wrong(h *host, err error) error {
	return &dockerhv.Error{Op: "change host", Host: h.name, Class: dockerhv.ErrConflict, Err: err}
}

// happen takes an event of the connection in. The caller has the lock.
func (m *Manager) happen(h *host, e discovery.StatusEvent, cause error) error {
	next, err := h.status.Next(e)
	if err != nil {
		return m.wrong(h, err)
	}
	if next == h.status {
		return nil
	}
	before := h.status.Heard()
	h.status, h.since, h.cause = next, time.Now(), cause
	m.tell(h, m.change(h, ChangeStatus))
	if h.status.Heard() != before {
		for id := range h.told {
			m.tell(h, m.powerChange(h, id))
		}
	}
	return nil
}

// become takes an event of what the cloud does with the host in. The caller has the lock.
func (m *Manager) become(h *host, e discovery.ResourceEvent) error {
	next, err := h.resource.Next(e)
	if err != nil {
		return m.wrong(h, err)
	}
	if next != h.resource {
		h.resource = next
		m.tell(h, m.change(h, ChangeResource))
	}
	return nil
}

// power takes power states in. The caller has the lock.
func (m *Manager) power(h *host, told map[string]discovery.Power, full bool) {
	if h.told == nil {
		h.told = make(map[string]discovery.Power, len(told))
	}
	if full {
		for id := range h.told {
			if _, ok := told[id]; !ok {
				m.lose(h, id)
			}
		}
	}
	for id, p := range told {
		if p == discovery.PowerMissing {
			m.lose(h, id)
			continue
		}
		before := h.powerOf(id)
		h.told[id] = p
		if h.powerOf(id) != before {
			m.tell(h, m.powerChange(h, id))
		}
	}
}

// lose takes in that an instance is not on the host any more.
func (m *Manager) lose(h *host, id string) {
	if _, ok := h.told[id]; !ok {
		return
	}
	delete(h.told, id)
	c := m.powerChange(h, id)
	c.Power = discovery.PowerMissing
	m.tell(h, c)
}
