package contexts_test

import (
	"context"
	"fmt"

	"github.com/dockerhv/dockerhv/discovery/contexts"
)

// All contexts of the docker command are hosts of the fleet.
func ExampleDiscoverer() {
	for endpoint, err := range (contexts.Discoverer{ConfigDir: "testdata/config"}).Discover(context.Background()) {
		if err != nil {
			fmt.Println("not usable:", err)
			continue
		}
		fmt.Println(endpoint.Name, endpoint.URL)
	}
	// Output:
	// prod ssh://admin@host-1
	// lab unix:///run/lab.sock
	// not usable: use docker context "old": plain text would make whoever reaches host-2:2375 root there; give it a TLS identity, or consent with Discoverer.AllowPlaintext
}
