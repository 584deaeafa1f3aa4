package docker_test

import (
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/driver/docker"
	"github.com/dockerhv/dockerhv/internal/enginetest"
)

// BenchmarkIdle is what 1,000 instances cost that are watched and do nothing:
// connections to the host, requests a minute, goroutines, and bytes of memory for
// each instance.
func BenchmarkIdle(b *testing.B) {
	const many = 1000
	x := newBench(b)
	x.fill(many, false)
	proxy := enginetest.NewProxy(b, enginetest.Endpoint(b))
	gate := newGate(b, strings.TrimPrefix(proxy.Endpoint(), "unix://"))
	for range b.N {
		goroutines, heap := runtime.NumGoroutine(), heapInUse()
		d, err := docker.Open(b.Context(), driver.Endpoint{URL: gate.endpoint}, docker.Options{Owner: "bench"})
		if err != nil {
			b.Fatal(err)
		}
		if err := <-watched(b, d, many); err != nil {
			b.Fatal(err)
		}
		proxy.Calls()
		const quiet = 6 * time.Second
		time.Sleep(quiet) // what happens by itself in this time is the measure
		b.ReportMetric(0, "ns/op")
		b.ReportMetric(float64(len(proxy.Calls()))*float64(time.Minute/quiet), "requests/min")
		b.ReportMetric(float64(gate.connections()), "connections")
		b.ReportMetric(float64(runtime.NumGoroutine()-goroutines), "goroutines")
		b.ReportMetric(float64(heapInUse()-heap)/many, "B/instance")
		_ = d.Close()
	}
}

// watched reads events in a goroutine that ends with the driver, and tells once all
// instances are known.
func watched(b *testing.B, d *docker.Driver, many int) <-chan error {
	known := make(chan error, 2) // the second is that the driver was closed
	go func() {
		seen := 0
		for event, err := range d.Events(b.Context()) {
			if err != nil {
				known <- err
				return
			}
			if event.Type == driver.EventSnapshot {
				if seen++; seen == many {
					known <- nil
				}
			}
		}
	}()
	return known
}

func heapInUse() int64 {
	var m runtime.MemStats
	for range 2 {
		runtime.GC()
	}
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
