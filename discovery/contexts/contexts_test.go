package contexts_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/docker/cli/cli/context/store"
	"github.com/google/go-cmp/cmp"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/discovery/contexts"
	"github.com/dockerhv/dockerhv/driver"
)

// write writes a context with Docker's own library, and returns where its meta.json is.
func write(t *testing.T, config, name, host string, identity map[string][]byte) string {
	t.Helper()
	s := store.New(filepath.Join(config, "contexts"), store.NewConfig(func() any { return &map[string]any{} }))
	err := s.CreateOrUpdate(store.Metadata{
		Name: name, Metadata: map[string]any{},
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
	return filepath.Join(s.GetStorageInfo(name).MetadataPath, "meta.json")
}

func replace(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func discover(t *testing.T, d contexts.Discoverer) (found []driver.Endpoint, failures []error) {
	t.Helper()
	for e, err := range d.Discover(t.Context()) {
		if err != nil {
			failures = append(failures, err)
			continue
		}
		found = append(found, e)
	}
	return found, failures
}

func names(found []driver.Endpoint) string {
	var names []string
	for _, e := range found {
		names = append(names, e.Name)
	}
	return strings.Join(names, " ")
}

// environment is a process's environment; a nil one is empty.
type environment map[string]string

func (e environment) get(name string) string { return e[name] }

// TestDiscover: all contexts are found, with their identities; the current one is first.
func TestDiscover(t *testing.T) {
	config := t.TempDir()
	pem := map[string][]byte{"ca.pem": []byte("ca"), "cert.pem": []byte("cert"), "key.pem": []byte("key")}
	write(t, config, "b", "ssh://b", nil)
	write(t, config, "c", "tcp://192.0.2.1:2376", pem)
	write(t, config, "a", "unix:///run/a.sock", pem)
	env := environment{"DOCKER_CONFIG": config}
	d := contexts.Discoverer{Getenv: env.get}
	want := []driver.Endpoint{
		{Name: "a", URL: "unix:///run/a.sock", Source: contexts.Source},
		{Name: "b", URL: "ssh://b", Source: contexts.Source},
		{
			Name: "c", URL: "tcp://192.0.2.1:2376", Source: contexts.Source,
			TLS: &driver.TLS{CA: pem["ca.pem"], Cert: pem["cert.pem"], Key: pem["key.pem"]},
		},
	}
	found, failures := discover(t, d)
	if diff := cmp.Diff(want, found); diff != "" || failures != nil {
		t.Errorf("Discover: %v (-want +got):\n%s", failures, diff)
	}
	replace(t, filepath.Join(config, "config.json"), `{"currentContext": "c"}`)
	if found, _ := discover(t, d); names(found) != "c a b" {
		t.Errorf("with c the current one: %s", names(found))
	}
	env["DOCKER_CONTEXT"] = "b"
	if found, _ := discover(t, d); names(found) != "b a c" {
		t.Errorf("with b chosen: %s", names(found))
	}
}

// TestBroken: each context that can't be used is told of, and hides no other.
func TestBroken(t *testing.T) {
	config := t.TempDir()
	write(t, config, "good", "ssh://good", nil)
	write(t, config, "plain", "tcp://192.0.2.1:2375", nil)
	write(t, config, "scheme", "https://h", nil)
	write(t, config, "hostless", "", nil)
	torn := write(t, config, "torn", "ssh://torn", nil)
	replace(t, torn, "{")
	nameless := write(t, config, "nameless", "ssh://nameless", nil)
	replace(t, nameless, "{}")
	replace(t, filepath.Join(config, "config.json"), "{")
	found, failures := discover(t, contexts.Discoverer{ConfigDir: config, Getenv: environment{}.get})
	if names(found) != "good" {
		t.Errorf("Discover yields %s", names(found))
	}
	classes := map[string]error{
		"use current context: " + config: dockerhv.ErrInvalid,
		`use docker context "plain": plain text would make whoever reaches 192.0.2.1:2375 root there; give it a TLS`: dockerhv.ErrDenied,
		`use docker context "scheme": endpoint.url: has the scheme "https"`:                                          dockerhv.ErrInvalid,
		`use docker context "hostless": it names no Docker Engine; mend it with docker context update`:               dockerhv.ErrInvalid,
		"use docker context: " + torn:                      dockerhv.ErrInvalid,
		"use docker context: " + nameless + " has no Name": dockerhv.ErrInvalid,
	}
	if len(failures) != len(classes) {
		t.Errorf("%d failures, want %d: %v", len(failures), len(classes), failures)
	}
	for prefix, class := range classes {
		told := false
		for _, err := range failures {
			told = told || strings.HasPrefix(err.Error(), prefix) && errors.Is(err, class)
		}
		if !told {
			t.Errorf("nothing tells %q, a %q: %v", prefix, class, failures)
		}
	}
	if found, _ := discover(t, contexts.Discoverer{ConfigDir: config, AllowPlaintext: true, Getenv: environment{}.get}); names(found) != "good plain" {
		t.Errorf("with consent to plain text: %s", names(found))
	}
}

// TestNothing: no contexts are no error; a store that is none is one.
func TestNothing(t *testing.T) {
	config := t.TempDir()
	d := contexts.Discoverer{ConfigDir: config, Getenv: environment{}.get}
	if found, failures := discover(t, d); found != nil || failures != nil {
		t.Errorf("Discover = %v, %v", found, failures)
	}
	if err := os.Mkdir(filepath.Join(config, "contexts"), 0o700); err != nil {
		t.Fatal(err)
	}
	replace(t, filepath.Join(config, "contexts/meta"), "")
	if _, failures := discover(t, d); len(failures) != 1 || !errors.Is(failures[0], dockerhv.ErrInvalid) {
		t.Errorf("of a store that is a file: %v", failures)
	}
}
