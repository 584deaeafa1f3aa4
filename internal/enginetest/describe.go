package enginetest

import (
	"context"
	"fmt"
	"net/http"
	"slices"
)

// A Description is what an engine says of itself.
type Description struct {
	Version         string // for example "26.1.5+dfsg1"
	StorageDriver   string // where the file systems of its instances are
	ContainerdStore bool   // images are in containerd's store, not in that of the storage driver
}

// Describe asks the engine of a unix:// endpoint for its description.
func Describe(ctx context.Context, endpoint string) (Description, error) {
	socket, ok := socketOf(endpoint)
	if !ok {
		return Description{}, fmt.Errorf("endpoint %q: want unix://", endpoint)
	}
	var version struct{ Version string }
	if err := do(ctx, socket, http.MethodGet, "/version", nil, &version); err != nil {
		return Description{}, err
	}
	var info struct {
		Driver       string
		DriverStatus [][]string
	}
	if err := do(ctx, socket, http.MethodGet, "/info", nil, &info); err != nil {
		return Description{}, err
	}
	containerd := slices.ContainsFunc(info.DriverStatus, func(pair []string) bool {
		return slices.Equal(pair, []string{"driver-type", "io.containerd.snapshotter.v1"})
	})
	return Description{Version: version.Version, StorageDriver: info.Driver, ContainerdStore: containerd}, nil
}
