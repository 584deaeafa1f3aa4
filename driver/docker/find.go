package docker

import (
	"context"
	"errors"
	"maps"
	"sync"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/internal/engine"
)

// hostIDs remembers which container an instance was last seen as. A container's
// ID is never used again, so what is remembered is that instance or gone. The
// zero value is ready to use.
type hostIDs struct {
	mu      sync.RWMutex
	seen    map[string]string // instance ID to container ID
	holders map[string]string // instance ID to that of the instance whose network it has
}

func (h *hostIDs) get(id string) (string, bool) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	hostID, ok := h.seen[id]
	return hostID, ok
}

func (h *hostIDs) put(id, hostID string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.seen == nil {
		h.seen = make(map[string]string)
	}
	h.seen[id] = hostID
}

// putInstance is put, and remembers whose network the instance has.
func (h *hostIDs) putInstance(i driver.Instance) {
	h.put(i.ID, i.HostID)
	h.mu.Lock()
	defer h.mu.Unlock()
	if i.NetworkOf == "" {
		delete(h.holders, i.ID)
		return
	}
	if h.holders == nil {
		h.holders = make(map[string]string)
	}
	h.holders[i.ID] = i.NetworkOf
}

// holder returns the ID of the instance whose network an instance has, or "".
func (h *hostIDs) holder(id string) string {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return h.holders[id]
}

func (h *hostIDs) drop(id string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.seen, id)
	delete(h.holders, id)
}

// replace forgets what is not among the instances. One that was created since
// they were listed is only asked for again, and so is one that two claim to be.
func (h *hostIDs) replace(instances []driver.Instance) {
	seen, holders := make(map[string]string, len(instances)), make(map[string]string)
	claimed := make(map[string]int, len(instances))
	for _, i := range instances {
		seen[i.ID] = i.HostID
		claimed[i.ID]++
		if i.NetworkOf != "" {
			holders[i.ID] = i.NetworkOf
		}
	}
	maps.DeleteFunc(seen, func(id, _ string) bool { return claimed[id] > 1 })
	h.mu.Lock()
	defer h.mu.Unlock()
	h.seen, h.holders = seen, holders
}

// find returns the container of an instance: the one that is remembered, or else
// the one that carries the owner and the ID as labels.
func (d *Driver) find(ctx context.Context, id string) (hostID string, err error) {
	if hostID, ok := d.seen.get(id); ok {
		return hostID, nil
	}
	members, err := d.engine.Members(ctx, d.owner, id)
	if err != nil {
		return "", err
	}
	found, err := d.decide(ctx, id, engine.Claimants(members))
	if err != nil {
		return "", err
	}
	d.seen.putInstance(found)
	return found.HostID, nil
}

// do calls an operation on the container of an instance. Where the remembered
// container turns out to be gone, it looks for the instance once more.
func (d *Driver) do(ctx context.Context, op, id string, call func(hostID string) error) error {
	_, remembered := d.seen.get(id)
	hostID, err := d.find(ctx, id)
	if err == nil {
		err = call(hostID)
	}
	if remembered && errors.Is(err, dockerhv.ErrNotFound) {
		d.seen.drop(id)
		if hostID, err = d.find(ctx, id); err == nil {
			err = call(hostID)
		}
	}
	return d.name(op, id, givenUp(ctx, err))
}

// givenUp says so of a request that failed because its context ended with a cause:
// net/http returns the cause alone, which looks like a broken connection.
func givenUp(ctx context.Context, err error) error {
	if ctx.Err() == nil || !errors.Is(err, dockerhv.ErrUnavailable) {
		return err
	}
	var named dockerhv.Error
	if e, ok := errors.AsType[*dockerhv.Error](err); ok {
		named = *e
	}
	named.Class, named.Err, named.Next = ctx.Err(), context.Cause(ctx), ""
	return &named
}

// locked is do while no other call for the instance is under way.
func (d *Driver) locked(ctx context.Context, op, id string, call func(hostID string) error) error {
	unlock, err := d.locks.Lock(ctx, id)
	if err != nil {
		return d.name(op, id, err)
	}
	defer unlock()
	return d.do(ctx, op, id, call)
}

// name puts the caller's words, the operation and the instance's ID, in place of
// those that a step below used.
func (d *Driver) name(op, id string, err error) error {
	if err == nil {
		return nil
	}
	named := &dockerhv.Error{Op: op, Host: d.hostName(), ID: id, Err: err}
	if inner, ok := errors.AsType[*dockerhv.Error](err); ok && inner == err { //nolint:errorlint // only the outermost
		named.Class, named.Err, named.Next = inner.Class, inner.Err, inner.Next
	}
	return named
}

func (d *Driver) hostName() string { return d.engine.Name() }
