package docker

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/internal/engine"
)

// place finds out what the engine calls what a spec names of networks: in no request
// where these are the engine's own, else in one.
func (d *Driver) place(ctx context.Context, spec driver.Spec) (engine.Place, error) {
	if spec.NetworkOf != "" {
		holder, err := d.find(ctx, spec.NetworkOf)
		switch {
		case errors.Is(err, dockerhv.ErrNotFound):
			return engine.Place{}, errHolder(spec.NetworkOf, "it does not exist", "create that instance first")
		case err == nil && d.seen.holder(spec.NetworkOf) != "":
			err = &dockerhv.FieldError{Field: "networkOf", Reason: fmt.Sprintf("%s has another's network itself; name its holder %s",
				spec.NetworkOf, d.seen.holder(spec.NetworkOf))}
		}
		return engine.Place{Holder: holder}, err
	}
	nics, err := d.resolve(ctx, spec.NICs)
	return engine.Place{NICs: nics}, err
}

// resolve finds the networks of NICs: the owner's own by their IDs, else those by
// their names that have no owner.
func (d *Driver) resolve(ctx context.Context, nics []driver.NIC) ([]engine.NIC, error) {
	var all []engine.Network
	resolved := make([]engine.NIC, 0, len(nics))
	for _, nic := range nics {
		if builtin(nic.Network) {
			resolved = append(resolved, engine.NIC{NIC: nic, HostName: nic.Network})
			continue
		}
		if all == nil {
			var err error
			if all, err = d.engine.Networks(ctx); err != nil {
				return nil, err
			}
		}
		one, err := d.networkOf(ctx, nic, all)
		if err != nil {
			return nil, err
		}
		resolved = append(resolved, one)
	}
	return resolved, nil
}

func builtin(network string) bool {
	return slices.Contains([]string{"", bridge, "host", "none"}, network)
}

func (d *Driver) networkOf(ctx context.Context, nic driver.NIC, all []engine.Network) (engine.NIC, error) {
	own := slices.DeleteFunc(slices.Clone(all), func(n engine.Network) bool { return n.Owner != d.owner || n.Spec.ID != nic.Network })
	if len(own) > 1 {
		if _, err := d.settle(ctx, nic.Network); err != nil { // the engine takes no name that two have
			return engine.NIC{}, err
		}
	}
	if len(own) > 0 {
		return engine.NIC{NIC: nic, HostName: own[0].Name, Of: &own[0].Spec}, within(nic, own[0].Spec.Subnets)
	}
	// What has the name of an own one and is none would be reported as one.
	foreign := func(n engine.Network) bool {
		_, own := engine.OwnName(n.Name, d.owner)
		return n.Owner == "" && n.Name == nic.Network && !own
	}
	if at := slices.IndexFunc(all, foreign); at >= 0 {
		return engine.NIC{NIC: nic, HostName: nic.Network}, within(nic, all[at].Subnets)
	}
	return engine.NIC{}, &dockerhv.Error{
		Class: dockerhv.ErrNotFound, Err: fmt.Errorf("there is no network %s", nic.Network), Next: "create the network first",
	}
}

// within refuses a fixed address that is in no subnet of the network: some engines
// find out only when the instance starts.
func within(nic driver.NIC, subnets []driver.Subnet) error {
	for _, addr := range []netip.Addr{nic.IPv4, nic.IPv6} {
		if addr.IsValid() && !slices.ContainsFunc(subnets, func(s driver.Subnet) bool { return s.Prefix.Contains(addr) }) {
			return &dockerhv.FieldError{Field: "nics", Reason: fmt.Sprintf("%v is in no subnet of the network %s's spec", addr, nic.Network)}
		}
	}
	return nil
}
