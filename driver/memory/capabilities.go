package memory

import (
	"context"

	"github.com/dockerhv/dockerhv/driver"
)

// Capabilities tells which bounds the host enforces, as Options.Host says.
func (d *Driver) Capabilities(ctx context.Context) ([]driver.Capability, error) {
	host, err := d.Host(ctx)
	if err != nil {
		return nil, err
	}
	return []driver.Capability{
		{Name: "limits.cpu", Supported: host.LimitsCPU},
		{Name: "limits.memory", Supported: host.LimitsMemory},
		{Name: "limits.swap", Supported: host.LimitsSwap},
	}, nil
}
