// Package local finds the Docker Engine of this machine and user, by the rules
// of Docker's own command line:
//
//  1. the explicit endpoint
//  2. DOCKER_HOST, with DOCKER_TLS_VERIFY, DOCKER_TLS and DOCKER_CERT_PATH
//  3. DOCKER_CONTEXT, a context of the docker command
//  4. currentContext of config.json, as "docker context use" sets it
//  5. the sockets at their well-known paths, best first
//
// The first rule that has an answer wins. If that answer is broken, it is an
// error, and no further rule is asked: another engine than the chosen one would
// run instances on a host that nobody meant.
//
// The context "default" means the sockets, so DOCKER_CONTEXT=default passes
// over the current context. The TLS variables alone choose no host.
package local

import (
	"context"
	"iter"
	"os"
	"strings"

	"github.com/dockerhv/dockerhv/discovery"
	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/internal/dockerconfig"
)

// The rules, as Endpoint.Source names them.
const (
	SourceExplicit = "explicit"
	SourceHost     = "DOCKER_HOST"
	SourceContext  = "DOCKER_CONTEXT"
	SourceCurrent  = "current context"
	SourceSocket   = "socket"
)

// Discoverer finds the engine of this machine and user. The zero value looks
// where the docker command does. It reads files and the environment anew on each
// Discover, and connects to nothing.
type Discoverer struct {
	// Explicit is the endpoint that the caller chose, if it has a URL. It is taken
	// as it is: the TLS variables do not apply to it, so its nil TLS is plain text.
	Explicit driver.Endpoint
	// AllowPlaintext consents to a tcp endpoint without TLS on another machine, as
	// driver.Endpoint says; without it such an endpoint is dockerhv.ErrDenied.
	AllowPlaintext bool
	// ConfigDir is where config.json and the contexts are; empty means
	// DOCKER_CONFIG, or else .docker in the home directory.
	ConfigDir string
	// Sockets replaces the paths of the last rule; nil means the well-known ones,
	// and empty none.
	Sockets []string
	// Getenv reads the environment; nil means os.Getenv.
	Getenv func(string) string
}

var _ discovery.Discoverer = Discoverer{}

// Discover yields the endpoint of the first rule that has one, or its error; the
// last rule yields each socket that exists. Errors are *dockerhv.Error values: a
// context that does not exist is dockerhv.ErrNotFound, and what is there but
// wrong is dockerhv.ErrInvalid.
func (d Discoverer) Discover(context.Context) iter.Seq2[driver.Endpoint, error] {
	return func(yield func(driver.Endpoint, error) bool) {
		for _, rule := range []func() (driver.Endpoint, error){d.explicit, d.host, d.context} {
			if endpoint, err := rule(); endpoint.URL != "" || err != nil {
				yield(endpoint, err)
				return
			}
		}
		d.sockets(yield)
	}
}

// A rule without an answer returns the zero Endpoint and no error.

func (d Discoverer) explicit() (driver.Endpoint, error) {
	e := d.Explicit
	if e.URL == "" {
		return driver.Endpoint{}, nil
	}
	if e.Source == "" {
		e.Source = SourceExplicit
	}
	return d.checked("explicit endpoint", e)
}

func (d Discoverer) host() (driver.Endpoint, error) {
	host := d.getenv("DOCKER_HOST")
	if host == "" {
		return driver.Endpoint{}, nil
	}
	e := driver.Endpoint{URL: strings.TrimSpace(host), Source: SourceHost}
	if dockerconfig.OverTCP(e.URL) {
		identity, err := d.identity()
		if err != nil {
			return driver.Endpoint{}, discovery.Refused("DOCKER_HOST", err)
		}
		e.TLS = identity
	}
	return d.checked("DOCKER_HOST", e)
}

// checked returns the endpoint if it can be used. What is wrong is told with the
// name of what chose it.
func (d Discoverer) checked(what string, e driver.Endpoint) (driver.Endpoint, error) {
	e.AllowPlaintext = e.AllowPlaintext || d.AllowPlaintext
	if err := discovery.Check(what, e, "Discoverer.AllowPlaintext"); err != nil {
		return driver.Endpoint{}, err
	}
	return e, nil
}

func (d Discoverer) getenv(name string) string {
	if d.Getenv != nil {
		return d.Getenv(name)
	}
	return os.Getenv(name)
}
