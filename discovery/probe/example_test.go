package probe_test

import (
	"context"
	"fmt"
	"net/netip"

	"github.com/dockerhv/dockerhv/discovery/probe"
	"github.com/dockerhv/dockerhv/driver"
)

// The hosts of a subnet, which is too wide here to be asked by mistake.
func ExampleDiscoverer() {
	hosts := probe.Discoverer{
		Prefixes: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")},
		TLS:      &driver.TLS{CAFile: "ca.pem", CertFile: "cert.pem", KeyFile: "key.pem"},
	}
	for endpoint, err := range hosts.Discover(context.Background()) {
		if err != nil {
			fmt.Println("not usable:", err)
			continue
		}
		fmt.Println(endpoint)
	}
	// Output:
	// not usable: probe for hosts: prefixes: are more than 1024 addresses and ports; name smaller ones, or set Max
}
