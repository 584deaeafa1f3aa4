// Package static finds hosts in a list that the program has.
package static

import (
	"context"
	"fmt"
	"iter"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/discovery"
	"github.com/dockerhv/dockerhv/driver"
)

// Source is what the endpoints have as their Source, but those that have one.
const Source = "static"

// Discoverer is a list of endpoints, best first. Nil finds nothing. Who changes the list
// while it is used sees to it that nobody reads it then.
type Discoverer []driver.Endpoint

var _ discovery.Discoverer = Discoverer(nil)

// Discover yields the endpoints that can be used, in their order. Errors are
// *dockerhv.Error values that name the others by their place in the list: those that
// driver.Endpoint.Validate refuses, and each whose name an earlier one has, or its URL if it has none, which
// is dockerhv.ErrExists.
func (d Discoverer) Discover(ctx context.Context) iter.Seq2[driver.Endpoint, error] {
	return func(yield func(driver.Endpoint, error) bool) {
		places := make(map[string]int)
		for n, e := range d {
			if ctx.Err() != nil {
				return
			}
			if e.Source == "" {
				e.Source = Source
			}
			what := fmt.Sprintf("endpoint %d of the list", n)
			err := discovery.Check(what, e, "Endpoint.AllowPlaintext")
			if before, ok := places[e.String()]; ok && err == nil {
				err = &dockerhv.Error{
					Op: "use " + what, Host: e.String(), Class: dockerhv.ErrExists,
					Err: fmt.Errorf("endpoint %d has that name", before), Next: "give each another Endpoint.Name",
				}
			}
			if err != nil {
				e = driver.Endpoint{}
			} else {
				places[e.String()] = n
			}
			if !yield(e, err) {
				return
			}
		}
	}
}
