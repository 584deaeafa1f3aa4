package docker

import (
	"context"
	"fmt"
	"slices"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/internal/engine"
)

// repairNetworks makes the networks of an instance at rest anew that somebody removed,
// from the specs that its NICs keep, and connects it to them. A container is bound to
// its networks' IDs, so it must be connected anew, too, where the network is there
// again already; that replaces the old NIC in one request. A network whose spec is
// not known is the error.
func (d *Driver) repairNetworks(ctx context.Context, hostID string, missing *driver.NetworkMissingError) error {
	_, _, nics, err := d.engine.Fields(ctx, hostID)
	if err != nil {
		return err
	}
	for _, nic := range nics {
		if builtin(nic.Network) {
			continue
		}
		now, err := d.remake(ctx, nic)
		switch {
		case err != nil:
			return err
		case now.HostID == nic.HostID:
			continue
		case nic.MAC != "" && d.engine.PerNICMAC(): // older ones keep it with the container
			return networkMissing(nic.Network, "destroy the instance and create it again: the engine takes its MAC only then")
		}
		if err := d.engine.PlugNIC(ctx, hostID, nic); err != nil {
			return err
		}
		missing = nil
	}
	if missing != nil {
		return networkMissing(missing.Network, "create the network again, then start the instance")
	}
	return nil
}

// remake returns the network that a NIC is on, and makes it if it is missing.
func (d *Driver) remake(ctx context.Context, nic engine.NIC) (engine.Network, error) {
	all, err := d.engine.Networks(ctx)
	if err != nil {
		return engine.Network{}, err
	}
	at := slices.IndexFunc(all, func(n engine.Network) bool { return n.Name == nic.HostName && (n.Owner == "" || n.Owner == d.owner) })
	if at >= 0 {
		return all[at], nil
	}
	if nic.Of == nil {
		return engine.Network{}, networkMissing(nic.Network, "create the network again, then start the instance")
	}
	if _, err := d.CreateNetwork(ctx, *nic.Of); err != nil {
		return engine.Network{}, &dockerhv.Error{
			Class: dockerhv.ErrConflict, Err: fmt.Errorf("%w; making it again: %w", &driver.NetworkMissingError{Network: nic.Network}, err),
			Next: "create the network, then start the instance",
		}
	}
	own, err := d.own(ctx, nic.Of.ID)
	if err == nil && len(own) == 0 {
		err = networkMissing(nic.Network, "create the network again, then start the instance")
	}
	if err != nil {
		return engine.Network{}, err
	}
	return own[0], nil
}

func networkMissing(network, next string) error {
	return &dockerhv.Error{Class: dockerhv.ErrConflict, Err: &driver.NetworkMissingError{Network: network}, Next: next}
}
