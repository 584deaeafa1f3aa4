// Package discovery is the contract for finding hosts and for telling an
// orchestrator about them.
//
// A [Discoverer] finds the endpoints of hosts; [Open] opens a driver for the
// first that answers, and [Watch] tells of endpoints that come and go. The
// implementations of Discoverer are the packages below this one, one for each
// mechanism. [Merge], [Filter] and [Verify] make new ones of them; who writes one has
// [Check] and [Known].
//
// An [AgentManager] is what an orchestrator implements to learn of hosts; package
// fleet has one to begin with. The [Agent] tells it of all that a discoverer finds.
//
// # The life of a host
//
// The agent opens a host, looks it over and registers it with all that the owner has
// there: the host is Connecting. When its events are heard it is ready: it is Up, and
// tells how it is every minute, and of instances that start and end as they do. When it
// does not answer twice in a row it is lost: it is in Alert, and the agent tries to reach
// it again. [Status] has all of that, as CloudStack's table, and [ResourceState] what the
// cloud does with the host meanwhile.
//
// What is not heard is unknown. No report, and no lack of one, makes an instance off that
// runs.
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
