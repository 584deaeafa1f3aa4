package memory

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

// place finds the networks of a spec, or the instance whose network it shares. The
// caller has the lock.
func (d *Driver) place(spec driver.Spec) (nics []driver.NIC, holder *instance, err error) {
	if spec.NetworkOf != "" {
		holder, ok := d.host.instances[key{d.owner, spec.NetworkOf}]
		switch {
		case !ok:
			return nil, nil, noNetwork(spec.NetworkOf, "it does not exist", "create that instance first")
		case holder.holder != nil:
			return nil, nil, &dockerhv.FieldError{Field: "networkOf", Reason: fmt.Sprintf("%s has another's network itself", spec.NetworkOf)}
		}
		return nil, holder, nil
	}
	for _, nic := range spec.NICs {
		if _, err := d.host.network(d.owner, nic); err != nil {
			return nil, nil, err
		}
	}
	if len(spec.NICs) == 0 {
		return []driver.NIC{{}}, nil, nil
	}
	return slices.Clone(spec.NICs), nil, nil
}

// checkHolder refuses to start an instance whose holder does not run or is another
// one. The caller has the lock.
func (h *Host) checkHolder(i *instance) error {
	if i.holder == nil {
		return nil
	}
	now, ok := h.instances[i.holder.key]
	switch {
	case !ok:
		return noNetwork(i.spec.NetworkOf, "it does not exist", "create that instance, and this one again")
	case now != i.holder:
		return noNetwork(i.spec.NetworkOf, "it was replaced since this instance was created", "destroy this instance and create it again")
	case now.state != driver.Running && now.state != driver.Paused:
		return noNetwork(i.spec.NetworkOf, fmt.Sprintf("it is %s", now.state), "start that instance first")
	}
	return nil
}

func noNetwork(holder, reason, next string) error {
	return &dockerhv.Error{Class: dockerhv.ErrConflict, Err: &driver.NetworkLostError{Holder: holder, Reason: reason}, Next: next}
}

// networkLost tells whether the instance runs without its holder's network.
func (i *instance) networkLost() bool {
	return i.state.Active() && i.holder != nil && (!i.holder.state.Active() || i.holder.run != i.holderRun)
}

// join gives an instance that was just started its holder's network.
func (i *instance) join() {
	if i.holder != nil {
		i.holderRun = i.holder.run
	}
}

// endLost stops an instance that runs without its network, so that it can be started
// with it.
func (d *Driver) endLost(ctx context.Context, id string) error {
	lost := false
	err := d.on(id, func(i *instance) error {
		lost = i.networkLost()
		return d.host.checkHolder(i)
	})
	if err != nil || !lost {
		return err
	}
	return d.stop(ctx, id, driver.StopOptions{})
}

// copyNetworkSpec copies a spec with all that it refers to.
func copyNetworkSpec(s driver.NetworkSpec) driver.NetworkSpec {
	var c driver.NetworkSpec
	if data, err := json.Marshal(s); err != nil || json.Unmarshal(data, &c) != nil {
		return s // unreachable: it is plain data
	}
	return c
}
