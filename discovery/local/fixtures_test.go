package local_test

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/docker/cli/cli/context/store"
	"github.com/google/go-cmp/cmp"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/discovery/local"
	"github.com/dockerhv/dockerhv/driver"
)

// environment is a process's environment; a nil one is empty.
type environment map[string]string

func (e environment) get(name string) string { return e[name] }

// discover collects what the discoverer yields; all errors are one.
func discover(t *testing.T, d local.Discoverer) ([]driver.Endpoint, error) {
	t.Helper()
	var found []driver.Endpoint
	var failures []error
	for e, err := range d.Discover(t.Context()) {
		if err != nil {
			failures = append(failures, err)
			continue
		}
		found = append(found, e)
	}
	if len(failures) == 1 {
		return found, failures[0]
	}
	return found, errors.Join(failures...)
}

func endpoints(e ...driver.Endpoint) []driver.Endpoint { return e }

// checkError wants a *dockerhv.Error of a class with a text; a nil class wants none.
func checkError(t *testing.T, err, class error, text string) {
	t.Helper()
	if class == nil {
		if err != nil {
			t.Errorf("the error is %v, want none", err)
		}
		return
	}
	var typed *dockerhv.Error
	if !errors.As(err, &typed) || !errors.Is(err, class) {
		t.Fatalf("the error is %T (%v), want a *dockerhv.Error that is %q", err, err, class)
	}
	if diff := cmp.Diff(text, err.Error()); diff != "" {
		t.Errorf("text (-want +got):\n%s", diff)
	}
}

// listen makes a socket that exists. Its path is short, as a socket's must be.
func listen(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "hv")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return listenAt(t, filepath.Join(dir, "docker.sock"))
}

func listenAt(t *testing.T, path string) string {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("an engine on Windows listens on a named pipe")
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return path
}

func writeFile(t *testing.T, path, content string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// writeContext writes a context with Docker's own library.
func writeContext(t *testing.T, config, name, host string, identity map[string][]byte) {
	t.Helper()
	s := store.New(filepath.Join(config, "contexts"), store.NewConfig(func() any { return &map[string]any{} }))
	err := s.CreateOrUpdate(store.Metadata{
		Name: name, Metadata: map[string]any{"Description": "a test"},
		Endpoints: map[string]any{"docker": map[string]any{"Host": host, "SkipTLSVerify": false}},
	})
	if err == nil && identity != nil {
		err = s.ResetTLSMaterial(name, &store.ContextTLSData{
			Endpoints: map[string]store.EndpointTLSData{"docker": {Files: identity}},
		})
	}
	if err != nil {
		t.Fatal(err)
	}
}
