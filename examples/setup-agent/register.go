package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/dockerhv/dockerhv/discovery"
	"github.com/dockerhv/dockerhv/discovery/fleet"
	"github.com/dockerhv/dockerhv/discovery/static"
	"github.com/dockerhv/dockerhv/driver"
)

// registerTimeout is how long a host may take to be up: CloudStack's.
const registerTimeout = 5 * time.Minute

// register registers the host to an Agent Manager of this program's own, as an
// orchestrator's would be told of it, and shows its report and what becomes of it. Yours
// is a discovery.AgentManager in place of fleet's.
func register(ctx context.Context, o options, out io.Writer) error {
	endpoint, err := o.endpoint(ctx)
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	hosts := fleet.New(fleet.Options{PingInterval: o.ping})
	agent := discovery.Agent{
		Discoverer: static.Discoverer{endpoint}, Open: o.checks.Open, Manager: hosts, Preflight: o.checks.Admit,
		Health: true, PingInterval: o.ping,
		Failed: func(_ driver.Endpoint, err error) {
			if _, known := hosts.Host(endpoint.String()); known != nil {
				stop(err) // it was refused, or is not there
			}
		},
	}
	ended := make(chan error, 1)
	go func() { ended <- agent.Run(ctx) }()
	go func() { _ = hosts.Run(ctx) }() // it ends with the context
	late := time.AfterFunc(registerTimeout, func() { stop(fmt.Errorf("the host is not up after %s", registerTimeout)) })
	defer late.Stop()

	done := follow(ctx, o, hosts, out, func() { late.Stop() })
	stop(errDone)
	err = <-ended
	switch cause := context.Cause(ctx); {
	case done:
		return nil
	case cause != nil && !errors.Is(cause, context.Canceled):
		return cause
	case errors.Is(err, context.Canceled):
		return nil // the user has interrupted
	}
	return err
}

// errDone tells the agent that the host is to be left.
var errDone = errors.New("done")

// follow shows what becomes of the host until the context ends, or until it is up if that
// is all that is wanted.
func follow(ctx context.Context, o options, hosts *fleet.Manager, out io.Writer, up func()) (done bool) {
	for change, err := range hosts.Changes(ctx) {
		if err != nil {
			return false
		}
		if change.Instance != "" {
			fmt.Fprintf(out, "instance %s is %s\n", change.Instance, change.Power)
			continue
		}
		fmt.Fprintf(out, "%s is %s and %s\n", change.Host, change.Status, change.Resource)
		if change.Status != discovery.StatusUp {
			continue
		}
		up()
		if host, err := hosts.Host(change.Host); err == nil {
			printHost(out, host)
		}
		if o.once {
			return true
		}
	}
	return false
}

// printHost shows what the manager was told, which is what it places instances by.
func printHost(out io.Writer, host fleet.Host) {
	text, err := json.MarshalIndent(host.Facts, "", "  ")
	if err != nil {
		text = []byte(err.Error())
	}
	fmt.Fprintf(out, "%s\n", text)
}
