package docker_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/driver/docker"
	"github.com/dockerhv/dockerhv/internal/enginetest"
	"github.com/dockerhv/dockerhv/template"
	"github.com/dockerhv/dockerhv/template/tarfile"
)

// 120, 123: an engine that gives instances users of their own is detected. What can't
// be had there is refused, unless the host's users are asked for and allowed.
func TestUserNamespaces(t *testing.T) {
	policy := driver.Policy{HostNetwork: true, HostNamespaces: []driver.Namespace{driver.NamespacePID, driver.NamespaceUser}}
	d := openOwn(t, map[string]any{"userns-remap": "nobody:nogroup"}, docker.Options{Owner: "users", Policy: policy})
	if !hostOf(t, d).UserNamespaces {
		t.Fatal("the host does not tell of its user namespaces")
	}
	image := loaded(t, d)
	const script = `while read a b c; do echo "root is $b"; done < /proc/self/uid_map`
	spec := sleeper("own", image)
	if lines := printed(t, d, spec, script); slices.Contains(lines, "root is 0") || len(lines) != 1 {
		t.Errorf("printed %q; want root to be somebody else", lines)
	}
	for option, change := range map[string]func(*driver.Spec){
		"security.hostNamespaces": func(s *driver.Spec) { s.Security.HostNamespaces = []driver.Namespace{driver.NamespacePID} },
		"nics.network":            func(s *driver.Spec) { s.NICs = []driver.NIC{{Network: "host"}} },
	} {
		spec := sleeper("host", image)
		change(&spec)
		_, err := d.Create(t.Context(), spec)
		wantError(t, err, errors.ErrUnsupported)
		if !strings.Contains(err.Error(), option) {
			t.Errorf("%v does not name %s", err, option)
		}
		spec.Security.HostNamespaces = append(spec.Security.HostNamespaces, driver.NamespaceUser)
		if lines := printed(t, d, spec, script); !slices.Contains(lines, "root is 0") {
			t.Errorf("%s: printed %q; want root to be root", option, lines)
		}
		destroy(t, d, "host", driver.DestroyOptions{})
	}
}

// openOwn opens an engine of the test's own.
func openOwn(t *testing.T, config map[string]any, opts docker.Options) *docker.Driver {
	t.Helper()
	enginetest.Endpoint(t)
	engine, err := enginetest.Start(t.Context(), enginetest.Options{Config: config})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := engine.Close(); err != nil {
			t.Error(err)
		}
	})
	d, err := docker.Open(t.Context(), driver.Endpoint{URL: engine.Endpoint()}, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d
}

// loaded loads busybox into an engine that reaches no registry.
func loaded(t *testing.T, d driver.Driver) template.Image {
	t.Helper()
	archive := t.TempDir() + "/busybox.tar"
	enginetest.SaveBusybox(t, archive, "busybox:own")
	image, err := tarfile.Source{Path: archive}.Install(t.Context(), d.Images(), template.InstallOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return image
}
