package memory

import (
	"cmp"
	"context"
	"iter"
	"slices"

	"github.com/dockerhv/dockerhv/driver"
)

// reader is one reader of an owner's events. The host's lock guards it.
type reader struct {
	host  *Host
	owner string
	queue []news
	knows map[string]news // what it was told last of each instance that there is
	err   error           // to be told before the queue
}

// news is an event and which instance of its ID it is about.
type news struct {
	driver.Event
	hostID string
}

// tell tells all readers what happened to an instance. The caller has the lock.
func (h *Host) tell(i *instance, what driver.EventType, code int) {
	if h.instances[i.key] != i && what != driver.EventDestroyed {
		h.change() // of what is set aside nobody is told
		return
	}
	n := news{driver.Event{Type: what, ID: i.id, Time: h.now(), State: i.state, ExitCode: code}, i.hostID}
	switch what { //nolint:exhaustive // the others say all by their type
	case driver.EventExited:
		n.Cause = i.exit.Cause
	case driver.EventHealth:
		n.Detail = string(i.health.Status)
	}
	for r := range h.readers {
		if r.owner != i.owner || h.away {
			continue
		}
		r.queue = append(r.queue, n)
		if len(r.queue) > h.opts.EventBound {
			r.catchUp("the reader was too slow")
		}
	}
	h.change()
}

// catchUp replaces what was not read by a gap and what is new to the reader.
func (r *reader) catchUp(why string) {
	r.queue = []news{{Event: driver.Event{Type: driver.EventGap, Detail: why, Time: r.host.now()}}}
	r.snapshot()
	for id := range r.knows {
		if _, ok := r.host.instances[key{r.owner, id}]; !ok {
			r.queue = append(r.queue, news{Event: driver.Event{Type: driver.EventDestroyed, ID: id}})
		}
	}
}

// snapshot tells of every instance that is not as the reader knows it.
func (r *reader) snapshot() {
	var found []news
	for k, i := range r.host.instances {
		known, ok := r.knows[k.id]
		if k.owner != r.owner || ok && known.hostID == i.hostID && known.State == i.state {
			continue
		}
		found = append(found, news{driver.Event{Type: driver.EventSnapshot, ID: k.id, State: i.state}, i.hostID})
	}
	slices.SortFunc(found, func(a, b news) int { return cmp.Compare(a.ID, b.ID) })
	r.queue = append(r.queue, found...)
}

// take returns what there is to read, and remembers that it was told.
func (r *reader) take() (queue []news, err error) {
	queue, err = r.queue, r.err
	r.queue, r.err = nil, nil
	for _, n := range queue {
		switch n.Type {
		case driver.EventGap:
		case driver.EventDestroyed:
			delete(r.knows, n.ID)
		default:
			r.knows[n.ID] = n
		}
	}
	return queue, err
}

// Events yields what happens to the owner's instances.
func (d *Driver) Events(ctx context.Context) iter.Seq2[driver.Event, error] {
	const op = "watch events"
	return func(yield func(driver.Event, error) bool) {
		if err := d.call(ctx, op, "", func() error { return nil }); err != nil {
			yield(driver.Event{}, err)
			return
		}
		r := d.host.join(d.owner)
		defer d.host.leave(r)
		for {
			var queue []news
			var told error
			if d.host.await(ctx, func() bool {
				queue, told = r.take()
				return len(queue) > 0 || told != nil
			}) != nil {
				yield(driver.Event{}, d.name(op, "", ended(ctx)))
				return
			}
			if told != nil && !yield(driver.Event{}, d.name(op, "", told)) {
				return
			}
			for _, n := range queue {
				if !yield(n.Event, nil) {
					return
				}
			}
		}
	}
}

func (h *Host) join(owner string) *reader {
	h.mu.Lock()
	defer h.mu.Unlock()
	r := &reader{host: h, owner: owner, knows: make(map[string]news)}
	r.snapshot()
	h.readers[r] = struct{}{}
	return r
}

func (h *Host) leave(r *reader) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.readers, r)
}
