package local_test

import (
	"context"
	"fmt"

	"github.com/dockerhv/dockerhv/discovery/local"
)

// The environment says which engine is meant; without it, the docker command's
// context and then the sockets of this machine would.
func ExampleDiscoverer() {
	environment := map[string]string{"DOCKER_HOST": "ssh://admin@host-1"}
	d := local.Discoverer{Getenv: func(name string) string { return environment[name] }}
	for endpoint, err := range d.Discover(context.Background()) {
		if err != nil {
			fmt.Println("not usable:", err)
			continue
		}
		fmt.Printf("%s says %s\n", endpoint.Source, endpoint.URL)
	}
	// Output: DOCKER_HOST says ssh://admin@host-1
}
