package driver

import (
	"context"
	"time"
)

// Volume is a volume of an owner's on a host: what a Mount names as its source.
// Create makes it, and it outlives its instances until somebody destroys it.
type Volume struct {
	// Name is the owner's for it: Mount.Source.
	Name string `json:"name"`
	// Instance is the ID of the instance whose Create made it.
	Instance string `json:"instance"`
	// HostID is what the host calls it.
	HostID string `json:"hostID"`
	// Driver is the volume's driver.
	Driver string `json:"driver"`
	// Created is the host's time.
	Created time.Time `json:"created,omitzero"`
	// InUse is true while an instance has it among its mounts, running or not.
	InUse bool `json:"inUse,omitempty"`
}

// VolumeManager is a driver that tells of its owner's volumes.
type VolumeManager interface {
	// Volumes returns the owner's volumes, ordered by name. Those without a name, which
	// come and go with their instance, are none.
	Volumes(ctx context.Context) ([]Volume, error)
	// DestroyVolume removes a volume with what is in it. An absent one is success, one
	// that is in use dockerhv.ErrConflict.
	DestroyVolume(ctx context.Context, name string) error
}

// Volumes returns the owner's volumes, as [VolumeManager] says.
func Volumes(ctx context.Context, d Driver) ([]Volume, error) {
	if v, ok := As[VolumeManager](d); ok {
		return v.Volumes(ctx)
	}
	return nil, unsupportedBy(d, "list volumes", "")
}

// DestroyVolume removes a volume, as [VolumeManager] says.
func DestroyVolume(ctx context.Context, d Driver, name string) error {
	if v, ok := As[VolumeManager](d); ok {
		return v.DestroyVolume(ctx, name)
	}
	return unsupportedBy(d, "destroy volume", name)
}
