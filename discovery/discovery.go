// Package discovery is the contract for finding hosts and for telling an
// orchestrator about them.
//
// A [Discoverer] finds the endpoints of hosts; [Open] opens a driver for the
// first that answers. An [AgentManager] is what an orchestrator implements to
// learn of hosts. The implementations of Discoverer are the packages below this
// one, one for each mechanism.
package discovery

import (
	"context"
	"errors"
	"iter"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

// Discoverer finds hosts.
type Discoverer interface {
	// Discover yields the endpoints it finds, best first, without connecting to
	// them. A candidate that can't be made an endpoint is yielded as an error that
	// says which and why, and the search goes on. Finding nothing is no error.
	Discover(ctx context.Context) iter.Seq2[driver.Endpoint, error]
}

// Open opens a driver for the first endpoint that the discoverer yields and that
// open accepts, trying one after the other. If there is none, the error tells of
// every candidate why.
func Open[D driver.Driver](
	ctx context.Context, d Discoverer, open func(context.Context, driver.Endpoint) (D, error),
) (D, error) {
	var none D
	var failures []error
	for endpoint, err := range d.Discover(ctx) {
		if err == nil {
			var opened D
			if opened, err = open(ctx, endpoint); err == nil {
				return opened, nil
			}
		}
		failures = append(failures, err)
		if ctx.Err() != nil {
			break
		}
	}
	if len(failures) == 1 {
		return none, failures[0]
	}
	if len(failures) == 0 {
		return none, &dockerhv.Error{
			Op: "discover hosts", Class: dockerhv.ErrNotFound, Err: errors.New("there is no Docker Engine here"),
			Next: "install and start one, or say where it is with DOCKER_HOST",
		}
	}
	return none, &dockerhv.Error{Op: "open a host", Err: errors.Join(failures...)}
}
