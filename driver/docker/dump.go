package docker

import (
	"context"

	"github.com/dockerhv/dockerhv/driver"
)

// Dump describes the driver for support. Sizes has the calls under way and the
// streams that are read ("calls"), the readers of events and of what they have not
// read yet ("readers", "queued"), the streams of measurements ("gauges") and the
// instances whose container is remembered ("remembered").
func (d *Driver) Dump(ctx context.Context) driver.Report {
	r := driver.CoreReport(ctx, d)
	if r.Host == nil {
		host := d.host.Load().Clone()
		r.Host = &host
	}
	r.Owner, r.Failures = d.owner, d.failures.List()
	readers, queued := d.watcher.sizes()
	r.Sizes = map[string]int{
		"calls": d.life.Held(), "readers": readers, "queued": queued,
		"gauges": d.gauges.size(), "remembered": d.seen.size(),
	}
	return r
}

// sizes tells how many readers there are, and how many events they have not read.
func (w *watcher) sizes() (readers, queued int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for r := range w.readers {
		r.mu.Lock()
		queued += len(r.queue)
		r.mu.Unlock()
	}
	return len(w.readers), queued
}

func (g *gauges) size() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.open)
}

func (h *hostIDs) size() int {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return len(h.seen)
}
