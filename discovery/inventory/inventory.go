// Package inventory finds hosts in a YAML file that people keep.
//
//	hosts:
//	  - name: web-1                # for people; else the URL is its name
//	    url: tcp://192.0.2.1:2376  # required, as driver.Endpoint has it
//	    tls:                       # for tcp alone; {} is TLS with the system's authorities
//	      ca: certs/ca.pem         # files are relative to the inventory
//	      cert: certs/cert.pem
//	      key: certs/key.pem
//	      serverName: web-1.example.org
//	      skipVerify: false
//	    labels:
//	      rack: r1
//	  - url: ssh://admin@host-2
//	  - url: tcp://10.0.0.3:2375
//	    allowPlaintext: true       # whoever reaches it is root there
//
// Other keys are refused, and so are two hosts of one name. Anchors and aliases work;
// merge keys (<<) don't. A file without hosts says so with "hosts: []": an empty one is
// taken for one that is being written.
package inventory

import (
	"context"
	"iter"
	"time"

	"github.com/dockerhv/dockerhv/discovery"
	"github.com/dockerhv/dockerhv/driver"
)

// Source is what the endpoints have as their Source.
const Source = "inventory"

// DefaultInterval is how often a watched file is read.
const DefaultInterval = 5 * time.Second

// Discoverer finds the hosts of an inventory.
type Discoverer struct {
	// Path is the file's. Required.
	Path string
	// Interval is how often Watch reads it; 0 means DefaultInterval.
	Interval time.Duration
}

var _ discovery.Watcher = Discoverer{}

// Discover reads the file and yields the endpoints of its hosts in their order. What is
// wrong with a host is an error that names the line, and the others are yielded. The
// errors are *dockerhv.Error values: dockerhv.ErrNotFound for a file that isn't there,
// and else dockerhv.ErrInvalid, or dockerhv.ErrDenied for plain text without consent.
// TLS files are looked for, and not read, so that a renewed certificate is used.
func (d Discoverer) Discover(ctx context.Context) iter.Seq2[driver.Endpoint, error] {
	return func(yield func(driver.Endpoint, error) bool) {
		now := d.read()
		for _, err := range now.failures {
			if ctx.Err() != nil || !yield(driver.Endpoint{}, err) {
				return
			}
		}
		for _, e := range now.endpoints {
			if ctx.Err() != nil || !yield(e, nil) {
				return
			}
		}
	}
}
