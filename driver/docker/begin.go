package docker

import (
	"context"
	"time"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/internal/engine"
)

// A port that was in use a moment ago may be about to be free: the engine gives up
// an instance's ports after it has told of its end, and a kernel some later. It is
// tried again, after a pause that doubles, as long as this bound lets it.
const (
	portPatience = 5 * time.Second
	lastPause    = 500 * time.Millisecond
)

// begin starts a container in one request, and tries again where what was in the
// way may be gone by then.
func (d *Driver) begin(ctx context.Context, id, hostID string, start func() error) error {
	err := start()
	deadline := time.Now().Add(portPatience)
	for pause := firstPause; ; pause = min(2*pause, lastPause) {
		port, inUse := engine.PortInUse(err)
		if !inUse {
			return err
		}
		holder := d.holderOf(ctx, id, port)
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

// holderOf returns which of the owner's instances has a port of the host, or "" if
// none has or the host does not tell.
func (d *Driver) holderOf(ctx context.Context, id string, port driver.Port) string {
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
