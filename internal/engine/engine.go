// Package engine is the one place that talks to a Docker Engine, and the only
// importer of its client. It speaks this module's words outward: specs,
// instances, images, hosts. It keeps no state but the connection, and knows no
// owner: whose an instance is, and what to do about it, is driver/docker's.
//
// Errors are classified here, once.
package engine

import (
	"context"
	"crypto/tls"

	"github.com/docker/docker/client"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/template"
)

// Engine is a connection to one Docker Engine. It is safe for concurrent use.
type Engine struct {
	cli       *client.Client
	endpoint  driver.Endpoint
	tls       *tls.Config // nil for an endpoint without
	transport *transport
	installs  template.Flights // under way, for all of its Images
	pulls     Locks            // by digest
	limits    rateLimits       // of registries
}

// Open connects to the engine of an endpoint and agrees on an API version.
func Open(ctx context.Context, endpoint driver.Endpoint, telemetry Telemetry) (*Engine, error) {
	if err := endpoint.Validate(); err != nil {
		return nil, err
	}
	observer, err := newObserver(endpoint.String(), telemetry)
	if err != nil {
		return nil, openError(endpoint, dockerhv.ErrInvalid, err, "check the meter provider")
	}
	e := &Engine{endpoint: endpoint, transport: &transport{observer: observer, life: new(Lifetime)}}
	if err := e.dial(); err != nil {
		return nil, err
	}
	if err := e.negotiate(ctx); err != nil {
		_ = e.Close()
		return nil, err
	}
	return e, nil
}

// Name is what the host is called in errors and records.
func (e *Engine) Name() string { return e.endpoint.String() }

// StartCall begins to observe a call of the driver, whose calls of the API nest in it
// when they get the context.
func (e *Engine) StartCall(ctx context.Context, operation, id string) (context.Context, func(outcome string)) {
	return e.transport.observer.driverCall(ctx, operation, id)
}

// negotiate asks the engine for its API version and takes the newest that both
// sides know.
func (e *Engine) negotiate(ctx context.Context) error {
	ping, err := e.cli.Ping(ctx)
	if err != nil {
		return e.fail(opOpen, "", err)
	}
	e.cli.NegotiateAPIVersionPing(ping)
	return e.requireVersion(ping.APIVersion)
}

// Close ends all connections. What runs on the host goes on.
func (e *Engine) Close() error {
	e.transport.life.End(func() {})
	return e.cli.Close()
}
