package docker_test

import (
	"context"
	"fmt"
	"net/http"
	"os/exec"
	"strconv"
	"testing"

	"golang.org/x/sync/errgroup"

	"github.com/dockerhv/dockerhv/driver"
)

// BenchmarkStats measures 60 instances at once. Raw is one request for the list
// and one for each instance, all in parallel.
func BenchmarkStats(b *testing.B) {
	const many = 60
	x := newBench(b)
	var group errgroup.Group
	group.SetLimit(4)
	for range many {
		spec := x.spec()
		spec.NICs = []driver.NIC{{Network: "none"}}
		b.Cleanup(func() {
			_ = x.d.Destroy(context.WithoutCancel(b.Context()), spec.ID, driver.DestroyOptions{Force: true})
		})
		group.Go(func() error {
			if _, err := x.d.Create(b.Context(), spec); err != nil {
				return err
			}
			return x.d.Start(b.Context(), spec.ID)
		})
	}
	if err := group.Wait(); err != nil {
		b.Fatal(err)
	}
	if _, err := x.d.Stats(b.Context(), driver.Filter{}); err != nil { // opens the streams, where there are such
		b.Fatal(err)
	}
	race(b,
		contender{"raw", func() (func(), error) { return nil, x.statsRaw() }},
		contender{"ours", func() (func(), error) {
			all, err := x.d.Stats(b.Context(), driver.Filter{})
			if err == nil && len(all) != many {
				err = fmt.Errorf("%d instances", len(all))
			}
			return nil, err
		}},
		contender{"cli", func() (func(), error) {
			return nil, exec.CommandContext(b.Context(), "docker", "stats", "--no-stream").Run()
		}},
	)
}

func (x *bench) statsRaw() error {
	var all []struct{ ID string }
	if err := x.call(http.MethodGet, "/containers/json", "", &all); err != nil {
		return err
	}
	var group errgroup.Group
	for _, c := range all {
		group.Go(func() error {
			var sample map[string]any
			if err := x.call(http.MethodGet, "/containers/"+c.ID+"/stats?stream=0&one-shot=1", "", &sample); err != nil {
				return err
			}
			if sample["read"] == nil {
				return fmt.Errorf("no sample of %s", strconv.Quote(c.ID))
			}
			return nil
		})
	}
	return group.Wait()
}
