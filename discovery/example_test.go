package discovery_test

import (
	"context"
	"fmt"

	"github.com/dockerhv/dockerhv/discovery"
	"github.com/dockerhv/dockerhv/driver"
)

// Two ways of discovery are one, of which the hosts in one rack are taken that answer.
func Example_combine() {
	inventory := listed{
		{Name: "web", URL: "ssh://host-1", Labels: map[string]string{"rack": "r1"}},
		{Name: "far", URL: "ssh://host-9", Labels: map[string]string{"rack": "r2"}},
		{Name: "new", URL: "ssh://host-2", Labels: map[string]string{"rack": "r1"}},
	}
	flags := listed{{Name: "local", URL: "unix:///run/docker.sock", Labels: map[string]string{"rack": "r1"}}}
	reached := &machines{is: map[string]driver.Host{"local": {ID: "X", Name: "host-1"}, "web": {ID: "X", Name: "host-1"}}}

	hosts := discovery.Verify{
		Open: reached.open, // such as discovery.Opener(docker.Options{Owner: "cloud"}.Open)
		Discoverer: discovery.Filter{
			Keep:       func(e driver.Endpoint) bool { return e.Labels["rack"] == "r1" },
			Discoverer: discovery.Merge{Discoverers: []discovery.Discoverer{flags, inventory}},
		},
	}
	for endpoint, err := range hosts.Discover(context.Background()) {
		if err != nil {
			fmt.Println("not usable:", err)
			continue
		}
		fmt.Println(endpoint) // web is the same engine
	}
	// Output:
	// not usable: verify host on new: open host on new: unavailable; see that its engine runs and can be reached from here
	// local
}
