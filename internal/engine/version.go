package engine

import (
	"errors"
	"fmt"

	"github.com/docker/docker/api/types/versions"

	"github.com/dockerhv/dockerhv"
)

// minAPIVersion is that of Engine 20.10, the oldest that this module supports.
const minAPIVersion = "1.41"

// requireVersion refuses an engine that is older than what the driver relies on.
// An engine that tells no version is older than any that is supported.
func (e *Engine) requireVersion(served string) error {
	if served != "" && !versions.LessThan(served, minAPIVersion) {
		return nil
	}
	return &dockerhv.Error{
		Op: opOpen, Host: e.endpoint.String(), Class: errors.ErrUnsupported,
		Err:  fmt.Errorf("its API version is %q and %s is the oldest supported", served, minAPIVersion),
		Next: "upgrade it to Docker Engine 20.10 or newer",
	}
}

// apiBefore tells whether the agreed API is older than a version.
func (e *Engine) apiBefore(version string) bool {
	return versions.LessThan(e.cli.ClientVersion(), version)
}
