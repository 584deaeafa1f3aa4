package local

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/docker/cli/cli/context/store"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

const (
	// defaultContext is the context that is not in the store.
	defaultContext = "default"
	// dockerEndpoint is the context's endpoint that is a Docker Engine.
	dockerEndpoint = "docker"
)

// endpointMeta is the engine's part of a context's meta.json.
type endpointMeta struct {
	Host          string
	SkipTLSVerify bool
}

// context answers for DOCKER_CONTEXT and the current context.
func (d Discoverer) context() (driver.Endpoint, error) {
	dir, err := d.configDir()
	name, source := d.getenv("DOCKER_CONTEXT"), SourceContext
	if name == "" && err == nil {
		source = SourceCurrent
		if name, err = currentContext(dir); err != nil {
			return driver.Endpoint{}, refuse(source, err)
		}
	}
	if name == "" || name == defaultContext {
		return driver.Endpoint{}, nil
	}
	what := fmt.Sprintf("%s %q", source, name)
	if err != nil {
		return driver.Endpoint{}, refuse(what, err)
	}
	e, err := loadContext(openStore(dir), name)
	if errors.Is(err, fs.ErrNotExist) {
		return driver.Endpoint{}, noContext(what, dir)
	}
	if err != nil {
		return driver.Endpoint{}, refuse(what, err)
	}
	e.Source = source
	return d.checked(what, e)
}

// openStore opens the store of contexts in a configuration directory. It reads
// nothing yet.
func openStore(configDir string) *store.ContextStore {
	return store.New(filepath.Join(configDir, "contexts"), store.NewConfig(
		func() any { return &map[string]any{} },
		store.EndpointTypeGetter(dockerEndpoint, func() any { return &endpointMeta{} }),
	))
}

// loadContext makes the endpoint of a context. One that is not in the store is
// fs.ErrNotExist.
func loadContext(s *store.ContextStore, name string) (driver.Endpoint, error) {
	context, err := s.GetMetadata(name)
	if err != nil {
		return driver.Endpoint{}, err
	}
	meta, ok := context.Endpoints[dockerEndpoint].(endpointMeta)
	if !ok || meta.Host == "" {
		return driver.Endpoint{}, errors.New("it names no Docker Engine")
	}
	e := driver.Endpoint{Name: name, URL: meta.Host}
	if overTCP(meta.Host) {
		e.TLS, err = loadIdentity(s, name, meta.SkipTLSVerify)
	}
	return e, err
}

// loadIdentity reads a context's TLS files, or returns nil for plain text.
func loadIdentity(s *store.ContextStore, name string, skipVerify bool) (*driver.TLS, error) {
	files, err := s.ListTLSFiles(name)
	if err != nil {
		return nil, err
	}
	if len(files[dockerEndpoint]) == 0 && !skipVerify {
		return nil, nil
	}
	t := &driver.TLS{SkipVerify: skipVerify}
	into := map[string]*[]byte{caFile: &t.CA, certFile: &t.Cert, keyFile: &t.Key}
	for _, file := range files[dockerEndpoint] {
		data, err := s.GetTLSData(name, dockerEndpoint, file)
		if err != nil {
			return nil, err
		}
		if part := into[file]; part != nil {
			*part = data
		}
	}
	return t, nil
}

// noContext tells that there is no such context, and which there are.
func noContext(what, configDir string) error {
	names, err := store.Names(openStore(configDir))
	list := strings.Join(append([]string{defaultContext}, names...), ", ")
	if err != nil {
		list = "which can't be listed: " + err.Error()
	}
	return &dockerhv.Error{
		Op: "use " + what, Class: dockerhv.ErrNotFound,
		Err:  fmt.Errorf("it is none of the contexts in %s: %s", configDir, list),
		Next: "choose one of them, or make it with docker context create",
	}
}
