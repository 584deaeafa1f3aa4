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
	enginetest.Endpoint(t)
	engine, err := enginetest.Start(t.Context(), enginetest.Options{Config: map[string]any{"userns-remap": "nobody:nogroup"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := engine.Close(); err != nil {
			t.Error(err)
		}
	})
	policy := driver.Policy{HostNetwork: true, HostNamespaces: []driver.Namespace{driver.NamespacePID, driver.NamespaceUser}}
	d, err := docker.Open(t.Context(), driver.Endpoint{URL: engine.Endpoint()}, docker.Options{Owner: "users", Policy: policy})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	if !hostOf(t, d).UserNamespaces {
		t.Fatal("the host does not tell of its user namespaces")
	}
	archive := t.TempDir() + "/busybox.tar"
	enginetest.SaveBusybox(t, archive, "busybox:users")
	image, err := tarfile.Source{Path: archive}.Install(t.Context(), d.Images(), template.InstallOptions{})
	if err != nil {
		t.Fatal(err)
	}
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
