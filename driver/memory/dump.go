package memory

import (
	"context"

	"github.com/dockerhv/dockerhv/driver"
)

// Dump describes the driver for support. Sizes has the readers of events of all
// drivers of the host ("readers").
func (d *Driver) Dump(ctx context.Context) driver.Report {
	r := driver.CoreReport(ctx, d)
	r.Owner, r.Failures = d.owner, d.failures.List()
	d.host.mu.Lock()
	defer d.host.mu.Unlock()
	r.Sizes = map[string]int{"readers": len(d.host.readers)}
	return r
}
