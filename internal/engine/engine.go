// Package engine is the one place that talks to a Docker Engine, and the only
// importer of its client. It speaks this module's words outward: specs,
// instances, images, hosts. It keeps no state but the connection, and knows no
// owner: whose an instance is, and what to do about it, is driver/docker's.
//
// Errors are classified here, once.
package engine

import (
	"context"
	"time"

	"github.com/docker/docker/client"

	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/template"
)

// openTimeout bounds the first exchange with a host, so that one that accepts
// and never answers can't hold Open forever. Ssh takes seconds on a slow line.
const openTimeout = 20 * time.Second

// Engine is a connection to one Docker Engine. It is safe for concurrent use.
type Engine struct {
	cli      *client.Client
	endpoint driver.Endpoint
	installs template.Flights // under way, for all of its Images
}

// Open connects to the engine of an endpoint and agrees on an API version.
func Open(ctx context.Context, endpoint driver.Endpoint) (*Engine, error) {
	if err := endpoint.Validate(); err != nil {
		return nil, err
	}
	cli, err := dial(endpoint)
	if err != nil {
		return nil, err
	}
	e := &Engine{cli: cli, endpoint: endpoint}
	if err := e.negotiate(ctx); err != nil {
		_ = cli.Close()
		return nil, err
	}
	return e, nil
}

// negotiate asks the engine for its API version and takes the newest that both
// sides know.
func (e *Engine) negotiate(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, openTimeout)
	defer cancel()
	ping, err := e.cli.Ping(ctx)
	if err != nil {
		return e.fail(opOpen, "", err)
	}
	e.cli.NegotiateAPIVersionPing(ping)
	return e.requireVersion(ping.APIVersion)
}

// Close ends the idle connections. What runs on the host goes on.
func (e *Engine) Close() error { return e.cli.Close() }
