// Package contexts finds the hosts of all contexts of the docker command, as
// "docker context ls" lists them, with their TLS files.
//
// The context "default" is not in the docker command's store: it is the engine of this
// machine and user, which package local finds. discovery.Merge has both.
package contexts

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"slices"
	"strings"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/discovery"
	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/internal/dockerconfig"
)

// Source is what the endpoints have as their Source.
const Source = "docker context"

// Discoverer finds the hosts of the docker command's contexts. The zero value looks where
// the docker command does. It reads the files anew on each Discover, and connects to
// nothing.
type Discoverer struct {
	// ConfigDir is where config.json and the contexts are; empty means DOCKER_CONFIG, or
	// else .docker in the home directory.
	ConfigDir string
	// AllowPlaintext consents to tcp endpoints without TLS on other machines, as
	// driver.Endpoint says; without it such a context is dockerhv.ErrDenied.
	AllowPlaintext bool
	// Getenv reads the environment; nil means os.Getenv.
	Getenv func(string) string
}

var _ discovery.Discoverer = Discoverer{}

// Discover yields the endpoint of each context: the current one first, which is
// DOCKER_CONTEXT or else the configuration's, and then the others by their names. A
// context that can't be used is an error that names it. No contexts are no error.
func (d Discoverer) Discover(ctx context.Context) iter.Seq2[driver.Endpoint, error] {
	return func(yield func(driver.Endpoint, error) bool) {
		dir, err := d.configDir()
		if err != nil {
			yield(driver.Endpoint{}, discovery.Refused("docker contexts", err))
			return
		}
		store := dockerconfig.OpenContexts(dir)
		names, failures := d.names(dir, store)
		for _, err := range failures {
			if !yield(driver.Endpoint{}, err) {
				return
			}
		}
		for _, name := range names {
			endpoint, err := d.endpoint(store, name)
			if errors.Is(err, fs.ErrNotExist) {
				continue // it was removed meanwhile
			}
			if ctx.Err() != nil || !yield(endpoint, err) {
				return
			}
		}
	}
}

func (d Discoverer) configDir() (string, error) {
	if d.ConfigDir != "" {
		return d.ConfigDir, nil
	}
	return dockerconfig.Dir(d.getenv)
}

// names lists the contexts in their order, and what can't be read of it.
func (d Discoverer) names(dir string, store dockerconfig.Contexts) (names []string, failures []error) {
	current := d.getenv("DOCKER_CONTEXT")
	if current == "" {
		var err error
		if current, err = dockerconfig.CurrentContext(dir); err != nil {
			failures = append(failures, discovery.Refused("current context", err))
		}
	}
	for name, err := range store.Names() {
		if err != nil {
			broken := discovery.Refused("docker context", err)
			broken.Next = "mend the file, or remove its folder"
			failures = append(failures, broken)
			continue
		}
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int {
		switch {
		case a == b:
			return 0
		case a == current:
			return -1
		case b == current:
			return 1
		}
		return strings.Compare(a, b)
	})
	return names, failures
}

func (d Discoverer) endpoint(store dockerconfig.Contexts, name string) (driver.Endpoint, error) {
	what := fmt.Sprintf("docker context %q", name)
	e, err := store.Endpoint(name)
	if err != nil {
		return driver.Endpoint{}, &dockerhv.Error{
			Op: "use " + what, Class: dockerhv.ErrInvalid, Err: err,
			Next: "mend it with docker context update",
		}
	}
	e.Source, e.AllowPlaintext = Source, d.AllowPlaintext
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
