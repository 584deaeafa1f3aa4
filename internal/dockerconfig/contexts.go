package dockerconfig

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"net/url"
	"os"
	"path/filepath"

	"github.com/docker/cli/cli/context/store"

	"github.com/dockerhv/dockerhv/driver"
)

// dockerEndpoint is the context's endpoint that is a Docker Engine.
const dockerEndpoint = "docker"

// endpointMeta is the engine's part of a context's meta.json.
type endpointMeta struct {
	Host          string
	SkipTLSVerify bool
}

// Contexts are the contexts of a configuration directory.
type Contexts struct {
	dir   string
	store *store.ContextStore
}

// OpenContexts returns the contexts of a configuration directory. It reads nothing yet.
func OpenContexts(dir string) Contexts {
	dir = filepath.Join(dir, "contexts")
	return Contexts{dir: dir, store: store.New(dir, store.NewConfig(
		func() any { return &map[string]any{} },
		store.EndpointTypeGetter(dockerEndpoint, func() any { return &endpointMeta{} }),
	))}
}

// Names yields the name of each context, in no order. One whose file can't be read is
// an error that names the file, and hides no other, as it would in the store's own list.
func (c Contexts) Names() iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		folder := filepath.Join(c.dir, "meta")
		entries, err := os.ReadDir(folder)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			yield("", err)
			return
		}
		for _, entry := range entries {
			name, err := nameIn(filepath.Join(folder, entry.Name(), "meta.json"))
			if errors.Is(err, fs.ErrNotExist) {
				continue // what the docker command left of a context that it removed
			}
			if !yield(name, err) {
				return
			}
		}
	}
}

func nameIn(path string) (string, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	var meta struct{ Name string }
	if err := json.Unmarshal(data, &meta); err != nil {
		return "", fmt.Errorf("%s: %w", path, err)
	}
	if meta.Name == "" {
		return "", fmt.Errorf("%s has no Name", path)
	}
	return meta.Name, nil
}

// Endpoint makes the endpoint of a context, with the TLS files that the store has for
// it. It is not validated. A context that is not in the store is fs.ErrNotExist.
func (c Contexts) Endpoint(name string) (driver.Endpoint, error) {
	context, err := c.store.GetMetadata(name)
	if err != nil {
		return driver.Endpoint{}, err
	}
	meta, ok := context.Endpoints[dockerEndpoint].(endpointMeta)
	if !ok || meta.Host == "" {
		return driver.Endpoint{}, errors.New("it names no Docker Engine")
	}
	e := driver.Endpoint{Name: name, URL: meta.Host}
	if OverTCP(meta.Host) {
		e.TLS, err = c.identity(name, meta.SkipTLSVerify)
	}
	return e, err
}

// identity reads a context's TLS files, or returns nil for plain text.
func (c Contexts) identity(name string, skipVerify bool) (*driver.TLS, error) {
	files, err := c.store.ListTLSFiles(name)
	if err != nil {
		return nil, err
	}
	if len(files[dockerEndpoint]) == 0 && !skipVerify {
		return nil, nil
	}
	t := &driver.TLS{SkipVerify: skipVerify}
	into := map[string]*[]byte{CAFile: &t.CA, CertFile: &t.Cert, KeyFile: &t.Key}
	for _, file := range files[dockerEndpoint] {
		data, err := c.store.GetTLSData(name, dockerEndpoint, file)
		if err != nil {
			return nil, err
		}
		if part := into[file]; part != nil {
			*part = data
		}
	}
	return t, nil
}

// OverTCP tells whether TLS means anything for a URL.
func OverTCP(raw string) bool {
	u, err := url.Parse(raw)
	return err == nil && u.Scheme == "tcp"
}
