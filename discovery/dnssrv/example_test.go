package dnssrv_test

import (
	"context"
	"fmt"

	"github.com/dockerhv/dockerhv/discovery/dnssrv"
	"github.com/dockerhv/dockerhv/driver"
)

// Hosts by the records of a name, from a server that happens to be away.
func ExampleDiscoverer() {
	hosts := dnssrv.Discoverer{
		Name:   "_docker._tcp.example.org",
		Server: "127.0.0.1:1",
		TLS:    &driver.TLS{CAFile: "ca.pem", CertFile: "cert.pem", KeyFile: "key.pem"},
	}
	for endpoint, err := range hosts.Discover(context.Background()) {
		if err != nil {
			fmt.Println("not usable:", err)
			continue
		}
		fmt.Println(endpoint)
	}
	// Output:
	// not usable: look up hosts _docker._tcp.example.org: 127.0.0.1:1: connection refused; check the DNS server
}
