package docker

import (
	"context"
	"errors"
	"time"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/internal/engine"
)

// begin starts a container in one request, unless what is in the way can be helped: a
// network that it shares, one that is missing, a port that is about to be free. It
// tells start of a container that runs and has lost the network that it shares.
func (d *Driver) begin(ctx context.Context, id, hostID string, start func(lost bool) error) error {
	err := d.beginShared(ctx, id, hostID, start)
	if missing, ok := errors.AsType[*driver.NetworkMissingError](err); ok {
		if err := d.repairNetworks(ctx, hostID, missing); err != nil {
			return err
		}
		err = d.engine.Start(ctx, hostID) // once: what is missing now, no repair helps
	}
	return d.awaitPort(ctx, id, hostID, err)
}

// A port that was in use a moment ago may be about to be free: the engine gives up
// an instance's ports after it has told of its end, and a kernel some later. It is
// tried again, after a pause that doubles, as long as this bound lets it.
const (
	portPatience = 5 * time.Second
	lastPause    = 500 * time.Millisecond
)

// awaitPort starts a container again that failed for a port of the host, as long as
// nobody is known to have it.
func (d *Driver) awaitPort(ctx context.Context, id, hostID string, err error) error {
	deadline := time.Now().Add(portPatience)
	for pause := firstPause; ; pause = min(2*pause, lastPause) {
		port, inUse := engine.PortInUse(err)
		if !inUse {
			return err
		}
		holder := d.portHolder(ctx, id, port)
		if holder != "" || time.Now().After(deadline) {
			return &dockerhv.Error{
				Class: dockerhv.ErrConflict, Err: &driver.PortInUseError{Port: port, Holder: holder},
				Next: "publish another port, or none for the engine's choice",
			}
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return ctx.Err()
		}
		err = d.engine.Start(ctx, hostID)
	}
}

// portHolder returns which of the owner's instances has a port of the host, or "" if
// none has or the host does not tell.
func (d *Driver) portHolder(ctx context.Context, id string, port driver.Port) string {
	instances, err := d.engine.List(ctx, d.owner, driver.Filter{})
	if err != nil {
		return ""
	}
	for _, i := range instances {
		for _, bound := range i.Ports {
			if i.ID != id && bound.Overlaps(port) {
				return i.ID
			}
		}
	}
	return ""
}
