package docker

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/internal/engine"
)

// PlugNIC connects an instance to a further network. A fixed MAC is refused: engines
// take one only when they create the container.
func (d *Driver) PlugNIC(ctx context.Context, id string, nic driver.NIC) error {
	const op = "plug nic of instance"
	err := errors.Join(driver.ValidateNIC(nic), d.validateNIC("nic", nic))
	if err == nil && nic.MAC != "" {
		err = &dockerhv.Error{
			Op: "honour nic.mac", Class: errors.ErrUnsupported,
			Err:  fmt.Errorf("engine %s chooses the MAC address of a NIC that is plugged", d.host.Load().Version),
			Next: "leave it out, or create the instance with the NIC",
		}
	}
	if err != nil {
		return d.name(op, id, err)
	}
	return d.locked(ctx, op, id, func(hostID string) error { return d.plug(ctx, hostID, nic) })
}

func (d *Driver) plug(ctx context.Context, hostID string, nic driver.NIC) error {
	i, _, asked, err := d.engine.Fields(ctx, hostID)
	if err != nil {
		return err
	}
	if done, err := plugged(i, asked, nic); done || err != nil {
		return err
	}
	resolved, err := d.resolve(ctx, []driver.NIC{nic})
	if err != nil {
		return conflicting(err)
	}
	if isOn(i.NICs, "none") { // which goes with no other
		if err := d.engine.UnplugNIC(ctx, hostID, "none"); err != nil {
			return err
		}
	}
	if err = d.engine.PlugNIC(ctx, hostID, resolved[0]); err == nil {
		return nil
	}
	return d.halfPlugged(ctx, hostID, nic, resolved[0].HostName, err)
}

// halfPlugged finds out what a failed call came to: another process may have been
// quicker, or an answer lost. What an engine before 25 leaves of one that it refused
// is taken away: with that the instance would not start again.
func (d *Driver) halfPlugged(ctx context.Context, hostID string, nic driver.NIC, network string, refusal error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanupTimeout)
	defer cancel()
	i, _, asked, err := d.engine.Fields(ctx, hostID)
	if err != nil {
		return refusal
	}
	if done, _ := plugged(i, asked, nic); done {
		return nil
	}
	for _, other := range asked {
		if other.HostName == network && !other.Attached && sameNIC(other.NIC, nic) {
			return errors.Join(refusal, d.unplug(ctx, hostID, other))
		}
	}
	return refusal
}

// conflicting keeps a network that is not there from being taken for the instance.
func conflicting(err error) error {
	if e, ok := errors.AsType[*dockerhv.Error](err); ok && errors.Is(e.Class, dockerhv.ErrNotFound) {
		return &dockerhv.Error{Class: dockerhv.ErrConflict, Err: e.Err, Next: e.Next}
	}
	return err
}

// plugged tells whether an instance has a NIC already, and refuses where it can have
// none, or has another one on the same network.
func plugged(i driver.Instance, asked []engine.NIC, nic driver.NIC) (done bool, err error) {
	refuse := func(next, format string, args ...any) (bool, error) {
		return false, &dockerhv.Error{Class: dockerhv.ErrConflict, Err: fmt.Errorf(format, args...), Next: next}
	}
	if i.NetworkOf != "" {
		return refuse("plug the NIC into that instance", "the instance has the network of %s", i.NetworkOf)
	}
	if isOn(i.NICs, "host") {
		return refuse("create the instance on another network", "the instance has the host's network")
	}
	for _, other := range asked {
		switch {
		case cmp.Or(other.Network, bridge) != cmp.Or(nic.Network, bridge):
		case !other.Attached && (i.State == driver.Running || i.State == driver.Paused):
			return false, nil // left by a call that failed
		case sameNIC(other.NIC, nic):
			return true, nil
		default:
			return refuse("unplug that one first", "the instance has another NIC on the network %s", cmp.Or(nic.Network, bridge))
		}
	}
	return false, nil
}

// sameNIC tells whether two NICs are asked for in the same way.
func sameNIC(a, b driver.NIC) bool {
	a.Network, b.Network = cmp.Or(a.Network, bridge), cmp.Or(b.Network, bridge)
	one, err := json.Marshal(a)
	other, otherErr := json.Marshal(b)
	return err == nil && otherErr == nil && string(one) == string(other)
}

// UnplugNIC disconnects an instance from a network, which is named itself or by the
// NIC's MAC.
func (d *Driver) UnplugNIC(ctx context.Context, id, nic string) error {
	return d.locked(ctx, "unplug nic of instance", id, func(hostID string) error {
		i, _, asked, err := d.engine.Fields(ctx, hostID)
		if err != nil {
			return err
		}
		if i.NetworkOf != "" {
			_, err := plugged(i, nil, driver.NIC{})
			return err
		}
		at := slices.IndexFunc(i.NICs, func(n driver.NIC) bool {
			return n.Network == cmp.Or(nic, bridge) || n.MAC != "" && strings.EqualFold(n.MAC, nic)
		})
		if at < 0 {
			return nil
		}
		err = d.unplug(ctx, hostID, asked[at]) // both lists are ordered by network
		if after, inspectErr := d.engine.Inspect(ctx, hostID); err != nil && inspectErr == nil {
			if !isOn(after.NICs, i.NICs[at].Network) {
				return nil // another process was quicker, or an answer was lost
			}
		}
		return err
	})
}

// unplug disconnects a container from a network. Of what a failed call has left, an
// engine before 25 says that it is not connected: then it is connected first, in any
// way that succeeds.
func (d *Driver) unplug(ctx context.Context, hostID string, nic engine.NIC) error {
	err := d.engine.UnplugNIC(ctx, hostID, nic.HostName)
	if err == nil || nic.Attached {
		return err
	}
	plain := engine.NIC{NIC: driver.NIC{Network: nic.Network}, HostName: nic.HostName}
	if err := d.engine.PlugNIC(ctx, hostID, plain); err != nil {
		return err
	}
	return d.engine.UnplugNIC(ctx, hostID, nic.HostName)
}
