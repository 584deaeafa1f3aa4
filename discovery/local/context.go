package local

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/discovery"
	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/internal/dockerconfig"
)

// context answers for DOCKER_CONTEXT and the current context.
func (d Discoverer) context() (driver.Endpoint, error) {
	dir, err := d.configDir()
	name, source := d.getenv("DOCKER_CONTEXT"), SourceContext
	if name == "" && err == nil {
		source = SourceCurrent
		if name, err = dockerconfig.CurrentContext(dir); err != nil {
			return driver.Endpoint{}, discovery.Refused(source, err)
		}
	}
	if name == "" || name == dockerconfig.DefaultContext {
		return driver.Endpoint{}, nil
	}
	what := fmt.Sprintf("%s %q", source, name)
	if err != nil {
		return driver.Endpoint{}, discovery.Refused(what, err)
	}
	e, err := dockerconfig.OpenContexts(dir).Endpoint(name)
	if errors.Is(err, fs.ErrNotExist) {
		return driver.Endpoint{}, noContext(what, dir)
	}
	if err != nil {
		return driver.Endpoint{}, discovery.Refused(what, err)
	}
	e.Source = source
	return d.checked(what, e)
}

// configDir is where Docker's command line keeps its configuration.
func (d Discoverer) configDir() (string, error) {
	if d.ConfigDir != "" {
		return d.ConfigDir, nil
	}
	return dockerconfig.Dir(d.getenv)
}

// noContext tells that there is no such context, and which there are.
func noContext(what, configDir string) error {
	var names []string
	var broken error
	for name, err := range dockerconfig.OpenContexts(configDir).Names() {
		if err != nil {
			broken = err
			continue
		}
		names = append(names, name)
	}
	slices.Sort(names)
	list := strings.Join(append([]string{dockerconfig.DefaultContext}, names...), ", ")
	if broken != nil {
		list += ", and one that can't be read: " + broken.Error()
	}
	return &dockerhv.Error{
		Op: "use " + what, Class: dockerhv.ErrNotFound,
		Err:  fmt.Errorf("it is none of the contexts in %s: %s", configDir, list),
		Next: "choose one of them, or make it with docker context create",
	}
}
