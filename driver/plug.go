package driver

import "context"

// NICPlugger is a driver that changes the NICs of an instance that exists, whether it
// runs or is at rest. The instance's spec, and its hash, stay those that it was
// created from; Plan compares with the NICs that there are now. They outlast its
// stops and starts.
type NICPlugger interface {
	// PlugNIC gives the instance a further NIC. One that is there already is success;
	// another one on the same network is dockerhv.ErrConflict, as is an instance
	// without interfaces of its own: one on the network "host" or with a NetworkOf.
	PlugNIC(ctx context.Context, id string, nic NIC) error
	// UnplugNIC takes a NIC away, which is named by its network, or by its MAC while
	// the instance runs. One that is not there is success. With the last NIC the
	// instance has no network.
	UnplugNIC(ctx context.Context, id, nic string) error
}

// PlugNIC gives an instance a further NIC, as [NICPlugger] says.
func PlugNIC(ctx context.Context, d Driver, id string, nic NIC) error {
	if p, ok := As[NICPlugger](d); ok {
		return p.PlugNIC(ctx, id, nic)
	}
	return unsupportedBy(d, "plug nic of instance", id)
}

// UnplugNIC takes a NIC away from an instance, as [NICPlugger] says.
func UnplugNIC(ctx context.Context, d Driver, id, nic string) error {
	if p, ok := As[NICPlugger](d); ok {
		return p.UnplugNIC(ctx, id, nic)
	}
	return unsupportedBy(d, "unplug nic of instance", id)
}
