package fleet

import (
	"errors"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

// Claim reserves a part of a host for an instance, as [Ledger.Claim] says. A host that
// is not up and enabled is dockerhv.ErrConflict.
func (m *Manager) Claim(name, id string, r driver.Resources) error {
	return m.on(name, func(h *host) error {
		if !accepts(h.status, h.resource) {
			return m.refuse("claim resources", h, "take another host, or wait until it is up and enabled")
		}
		return h.named(h.ledger.Claim(id, r))
	})
}

// Confirm makes a claim last, as [Ledger.Confirm] says, whatever the host's state.
func (m *Manager) Confirm(name, id string) error {
	return m.on(name, func(h *host) error {
		h.change()
		return h.named(h.ledger.Confirm(id))
	})
}

// Resize changes the size of a claim, as [Ledger.Resize] says.
func (m *Manager) Resize(name, id string, r driver.Resources) error {
	return m.on(name, func(h *host) error { return h.named(h.ledger.Resize(id, r)) })
}

// Release gives a claim back: its instance was destroyed, or never created.
func (m *Manager) Release(name, id string) error {
	return m.on(name, func(h *host) error {
		h.change()
		h.ledger.Release(id)
		return nil
	})
}

// Free returns what can still be claimed of a host, whether it accepts claims or not.
func (m *Manager) Free(name string) (room Room, err error) {
	err = m.on(name, func(h *host) error {
		room = h.ledger.Free()
		return nil
	})
	return room, err
}

// named adds the host's name to a ledger's error.
func (h *host) named(err error) error {
	if e, ok := errors.AsType[*dockerhv.Error](err); ok {
		e.Host = h.name
	}
	return err
}
