package docker_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/driver/docker"
	"github.com/dockerhv/dockerhv/internal/enginetest"
	"github.com/dockerhv/dockerhv/template"
	"github.com/dockerhv/dockerhv/template/tarfile"
)

// The benchmarks do the same work through several contenders, in turn in one run,
// and report each as a ratio to the raw API's: the fewest calls that do the work,
// by hand. Ratios hold where the machine's speed does not.

// contender does the work once, and says how long it took.
type contender struct {
	name string
	turn func() (time.Duration, error)
}

// timed times a piece of work, and undoes it after.
func timed(work func() (undo func(), err error)) func() (time.Duration, error) {
	return func() (time.Duration, error) {
		begun := time.Now()
		undo, err := work()
		took := time.Since(begun)
		if undo != nil {
			undo()
		}
		return took, err
	}
}

// race lets the contenders take turns b.N times, each time in another order, and
// reports the median of each one's ratios to the first, turn by turn.
func race(b *testing.B, contenders ...contender) {
	b.Helper()
	b.ResetTimer()
	ratios := make([][]float64, len(contenders))
	var raw []time.Duration
	for round := range b.N {
		took := make([]time.Duration, len(contenders))
		for i := range contenders {
			n := (i + round) % len(contenders)
			var err error
			if took[n], err = contenders[n].turn(); err != nil {
				b.Fatalf("%s: %v", contenders[n].name, err)
			}
		}
		raw = append(raw, took[0])
		for i := range contenders {
			ratios[i] = append(ratios[i], float64(took[i])/float64(took[0]))
		}
	}
	b.ReportMetric(0, "ns/op") // which would be the time of all
	b.ReportMetric(float64(median(raw).Microseconds())/1000, contenders[0].name+"-ms")
	for i, c := range contenders[1:] {
		b.ReportMetric(median(ratios[i+1]), c.name+"/"+contenders[0].name)
	}
}

func median[T float64 | time.Duration](all []T) T {
	slices.Sort(all)
	return all[len(all)/2]
}

// bench is an engine with an image, for benchmarks.
type bench struct {
	b     *testing.B
	d     *docker.Driver
	image template.Image
	raw   *http.Client
	n     int
}

func newBench(b *testing.B) *bench {
	b.Helper()
	endpoint := enginetest.Endpoint(b)
	d, err := docker.Open(b.Context(), driver.Endpoint{URL: endpoint}, docker.Options{Owner: "bench"})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = d.Close() })
	archive := b.TempDir() + "/busybox.tar"
	enginetest.SaveBusybox(b, archive, "busybox:1")
	image, err := tarfile.Source{Path: archive}.Install(b.Context(), d.Images(), template.InstallOptions{})
	if err != nil {
		b.Fatal(err)
	}
	socket := strings.TrimPrefix(endpoint, "unix://")
	transport := &http.Transport{
		MaxIdleConnsPerHost: 64, // what 50 at once need must not be dialled anew
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", socket)
		},
	}
	b.Cleanup(transport.CloseIdleConnections)
	return &bench{b: b, d: d, image: image, raw: &http.Client{Transport: transport}}
}

// call makes one call of the API, as a program would that uses no library.
func (x *bench) call(method, path, body string, into any) error {
	// Also what undoes a turn, after the benchmark's own context has ended.
	request, err := http.NewRequestWithContext(context.WithoutCancel(x.b.Context()), method, "http://engine/v1.41"+path, strings.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := x.raw.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode >= http.StatusBadRequest {
		return fmt.Errorf("%s %s: %s: %s, %w", method, path, response.Status, bytes.TrimSpace(answer), err)
	}
	if into != nil {
		return json.Unmarshal(answer, into)
	}
	return nil
}

func (x *bench) next() string {
	x.n++
	return fmt.Sprintf("b-%d", x.n)
}

func (x *bench) spec() driver.Spec {
	return driver.Spec{
		ID: x.next(), Image: x.image.ID, Command: []string{"sleep", "1000"},
		Template: driver.Template{Format: x.image.Format, Digest: x.image.Digest},
	}
}

// fill creates many instances without a network, and starts them if it is told to.
// They are destroyed at the end.
func (x *bench) fill(many int, start bool) {
	x.b.Helper()
	var group errgroup.Group
	group.SetLimit(8)
	for range many {
		spec := x.spec()
		spec.NICs = []driver.NIC{{Network: "none"}}
		group.Go(func() error {
			if _, err := x.d.Create(x.b.Context(), spec); err != nil || !start {
				return err
			}
			return x.d.Start(x.b.Context(), spec.ID)
		})
	}
	x.b.Cleanup(x.empty)
	if err := group.Wait(); err != nil {
		x.b.Fatal(err)
	}
}

// empty destroys all that there is.
func (x *bench) empty() {
	ctx := context.WithoutCancel(x.b.Context())
	all, err := x.d.List(ctx, driver.Filter{})
	if err != nil {
		x.b.Error(err)
	}
	var group errgroup.Group
	group.SetLimit(8)
	for _, i := range all {
		group.Go(func() error { return x.d.Destroy(ctx, i.ID, driver.DestroyOptions{Force: true}) })
	}
	if err := group.Wait(); err != nil {
		x.b.Error(err)
	}
}
