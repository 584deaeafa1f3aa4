package docker_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
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
// and report the median of each as a ratio to the raw API's: the fewest calls that
// do the work, by hand. Ratios hold where the machine's speed does not.

// contender does the work once. What it returns undoes it, untimed.
type contender struct {
	name string
	work func() (undo func(), err error)
}

// race lets the contenders take turns b.N times; the first is the measure.
func race(b *testing.B, contenders ...contender) {
	b.Helper()
	times := make([][]time.Duration, len(contenders))
	for range b.N {
		for i, c := range contenders {
			begun := time.Now()
			undo, err := c.work()
			took := time.Since(begun)
			if undo != nil {
				undo()
			}
			if err != nil {
				b.Fatalf("%s: %v", c.name, err)
			}
			times[i] = append(times[i], took)
		}
	}
	measure := median(times[0])
	b.ReportMetric(0, "ns/op") // which would be the time of all
	b.ReportMetric(float64(measure.Microseconds())/1000, contenders[0].name+"-ms")
	for i, c := range contenders[1:] {
		b.ReportMetric(float64(median(times[i+1]))/float64(measure), c.name+"/"+contenders[0].name)
	}
}

func median(times []time.Duration) time.Duration {
	slices.Sort(times)
	return times[len(times)/2]
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
	transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", socket)
	}}
	b.Cleanup(transport.CloseIdleConnections)
	b.ResetTimer()
	return &bench{b: b, d: d, image: image, raw: &http.Client{Transport: transport}}
}

func (x *bench) call(method, path, body string, into any) error {
	request, err := http.NewRequestWithContext(x.b.Context(), method, "http://engine/v1.41"+path, strings.NewReader(body))
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

// startRaw creates, starts and inspects, as the least that tells an address.
func (x *bench) startRaw() (func(), error) {
	var created struct{ ID string }
	if err := x.call(http.MethodPost, "/containers/create?name="+x.next(), `{"Image":"`+x.image.ID+`","Cmd":["sleep","1000"]}`, &created); err != nil {
		return nil, err
	}
	undo := func() { _ = x.call(http.MethodDelete, "/containers/"+created.ID+"?force=1&v=1", "", nil) }
	if err := x.call(http.MethodPost, "/containers/"+created.ID+"/start", "", nil); err != nil {
		return undo, err
	}
	var inspected map[string]any
	return undo, x.call(http.MethodGet, "/containers/"+created.ID+"/json", "", &inspected)
}

func (x *bench) start() (func(), error) {
	spec := x.spec()
	undo := func() { _ = x.d.Destroy(x.b.Context(), spec.ID, driver.DestroyOptions{Force: true}) }
	if _, err := x.d.Create(x.b.Context(), spec); err != nil {
		return undo, err
	}
	if err := x.d.Start(x.b.Context(), spec.ID); err != nil {
		return undo, err
	}
	_, err := x.d.Inspect(x.b.Context(), spec.ID)
	return undo, err
}

func (x *bench) startCLI() (func(), error) {
	name := x.next()
	undo := func() { _ = x.call(http.MethodDelete, "/containers/"+name+"?force=1&v=1", "", nil) }
	return undo, exec.CommandContext(x.b.Context(), "docker", "run", "-d", "--name", name, x.image.ID, "sleep", "1000").Run()
}

// BenchmarkStart runs one instance and learns its address.
func BenchmarkStart(b *testing.B) {
	x := newBench(b)
	race(b, contender{"raw", x.startRaw}, contender{"ours", x.start}, contender{"cli", x.startCLI})
}

// BenchmarkDestroy takes a running instance away, in one call.
func BenchmarkDestroy(b *testing.B) {
	x := newBench(b)
	var raw, ours []time.Duration
	for range b.N {
		for times, start := range map[*[]time.Duration]func() (func(), error){&raw: x.startRaw, &ours: x.start} {
			undo, err := start()
			if err != nil {
				b.Fatal(err)
			}
			begun := time.Now()
			undo()
			*times = append(*times, time.Since(begun))
		}
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(median(ours))/float64(median(raw)), "ours/raw")
}

// BenchmarkList lists 100 instances with state, image and address.
func BenchmarkList(b *testing.B) {
	x := newBench(b)
	var group errgroup.Group
	group.SetLimit(8)
	var ids []string
	for range 100 {
		spec := x.spec()
		ids = append(ids, spec.ID)
		group.Go(func() error {
			_, err := x.d.Create(b.Context(), spec)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		for _, id := range ids {
			_ = x.d.Destroy(context.WithoutCancel(b.Context()), id, driver.DestroyOptions{Force: true})
		}
	})
	race(b,
		contender{"raw", func() (func(), error) {
			var all []struct {
				ID, Image, State string
				NetworkSettings  map[string]any
			}
			return nil, x.call(http.MethodGet, "/containers/json?all=1", "", &all)
		}},
		contender{"ours", func() (func(), error) {
			all, err := x.d.List(b.Context(), driver.Filter{})
			if len(all) != 100 {
				return nil, fmt.Errorf("%d instances, %w", len(all), err)
			}
			return nil, err
		}},
		contender{"cli", func() (func(), error) {
			return nil, exec.CommandContext(b.Context(), "docker", "ps", "-a", "--no-trunc").Run()
		}},
	)
}

// BenchmarkEventLag is the time from the engine's event to its reader.
func BenchmarkEventLag(b *testing.B) {
	x := newBench(b)
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	lags := make(chan time.Duration, 1)
	go func() {
		for event, err := range x.d.Events(ctx) {
			if err == nil && event.Type == driver.EventExited {
				lags <- time.Since(event.Time)
			}
		}
	}()
	var all []time.Duration
	for range b.N {
		undo, err := x.start()
		if err != nil {
			b.Fatal(err)
		}
		undo()
		all = append(all, <-lags)
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(median(all).Microseconds()), "lag-us")
}
