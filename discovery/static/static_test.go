package static_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/discovery/static"
	"github.com/dockerhv/dockerhv/driver"
)

// A program that knows its hosts lists them.
func ExampleDiscoverer() {
	hosts := static.Discoverer{
		{Name: "web", URL: "ssh://admin@host-1", Labels: map[string]string{"rack": "r1"}},
		{URL: "tcp://host-2:2375"},
	}
	for endpoint, err := range hosts.Discover(context.Background()) {
		if err != nil {
			fmt.Println("not usable:", err)
			continue
		}
		fmt.Println(endpoint, endpoint.URL)
	}
	// Output:
	// web ssh://admin@host-1
	// not usable: use endpoint 1 of the list: plain text would make whoever reaches host-2:2375 root there; give it a TLS identity, or consent with Endpoint.AllowPlaintext
}

func TestDiscover(t *testing.T) {
	d := static.Discoverer{
		{Name: "a", URL: "ssh://a"},
		{URL: "unix:///run/x.sock", Source: "a flag"},
		{URL: "https://h"},
		{Name: "a", URL: "ssh://other"},
		{URL: "tcp://h:2376", TLS: &driver.TLS{CAFile: "/ca.pem"}},
		{URL: "unix:///run/x.sock"},
		{URL: "tcp://h:2375"},
		{URL: "tcp://h:2375", AllowPlaintext: true},
	}
	want := []driver.Endpoint{
		{Name: "a", URL: "ssh://a", Source: "static"},
		{URL: "unix:///run/x.sock", Source: "a flag"},
		{URL: "tcp://h:2376", TLS: &driver.TLS{CAFile: "/ca.pem"}, Source: "static"},
		{URL: "tcp://h:2375", AllowPlaintext: true, Source: "static"},
	}
	classes := []error{dockerhv.ErrInvalid, dockerhv.ErrExists, dockerhv.ErrExists, dockerhv.ErrDenied}
	var found []driver.Endpoint
	for e, err := range d.Discover(t.Context()) {
		if err == nil {
			found = append(found, e)
			continue
		}
		if len(classes) == 0 || !errors.Is(err, classes[0]) || e.URL != "" {
			t.Fatalf("%v, with %v still to come", err, classes)
		}
		classes = classes[1:]
	}
	if diff := cmp.Diff(want, found); diff != "" || len(classes) > 0 {
		t.Errorf("not told: %v (-want +got):\n%s", classes, diff)
	}
}
