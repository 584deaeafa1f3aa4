package inventory_test

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/dockerhv/dockerhv/discovery/inventory"
)

// An inventory's hosts, and what is wrong with one of them.
func ExampleDiscoverer() {
	folder, _ := os.Getwd()
	for endpoint, err := range (inventory.Discoverer{Path: "testdata/hosts.yaml"}).Discover(context.Background()) {
		if err != nil {
			fmt.Println("not usable:", strings.ReplaceAll(err.Error(), folder, ""))
			continue
		}
		fmt.Println(endpoint.Name, endpoint.URL, endpoint.Labels["rack"])
	}
	// Output:
	// not usable: read inventory /testdata/hosts.yaml: line 5: hosts[1]: plain text would make whoever reaches 192.0.2.3:2375 root there; give it tls, or consent with allowPlaintext: true
	// web-1 ssh://admin@host-1 r1
}
