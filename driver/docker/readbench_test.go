package docker_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/dockerhv/dockerhv/driver"
)

// BenchmarkList lists 500 instances with state, image and address.
func BenchmarkList(b *testing.B) {
	const many = 500
	x := newBench(b)
	x.fill(many, false)
	race(b,
		contender{"raw", timed(func() (func(), error) {
			var all []struct {
				ID, Image, State string
				Labels           map[string]string
				NetworkSettings  map[string]any
			}
			return nil, x.call(http.MethodGet, "/containers/json?all=1", "", &all)
		})},
		contender{"ours", timed(func() (func(), error) {
			all, err := x.d.List(b.Context(), driver.Filter{})
			if err == nil && len(all) != many {
				err = fmt.Errorf("%d instances", len(all))
			}
			return nil, err
		})},
		contender{"cli", timed(func() (func(), error) { return nil, x.docker("ps", "-a", "--no-trunc") })},
	)
}

// BenchmarkStats measures 200 instances at once. Raw is one request for the list
// and one for each instance, all in parallel.
func BenchmarkStats(b *testing.B) {
	const many = 200
	x := newBench(b)
	x.fill(many, true)
	if _, err := x.d.Stats(b.Context(), driver.Filter{}); err != nil { // opens the streams, where there are such
		b.Fatal(err)
	}
	race(b,
		contender{"raw", timed(func() (func(), error) { return nil, x.statsRaw() })},
		contender{"ours", timed(func() (func(), error) {
			all, err := x.d.Stats(b.Context(), driver.Filter{})
			if err == nil && len(all) != many {
				err = fmt.Errorf("%d instances", len(all))
			}
			return nil, err
		})},
		contender{"cli", timed(func() (func(), error) { return nil, x.docker("stats", "--no-stream") })},
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
			var sample struct{ Read time.Time }
			err := x.call(http.MethodGet, "/containers/"+c.ID+"/stats?stream=0&one-shot=1", "", &sample)
			if err == nil && sample.Read.IsZero() {
				err = fmt.Errorf("no sample of %s", c.ID)
			}
			return err
		})
	}
	return group.Wait()
}

// BenchmarkEventLag is the time from the engine's event of a kill from outside to
// its reader, here and of the bare stream.
func BenchmarkEventLag(b *testing.B) {
	x := newBench(b)
	raw, ours := make(chan time.Duration, 1), make(chan time.Duration, 1)
	go x.tellRaw(raw)
	go func() {
		for event, err := range x.d.Events(b.Context()) {
			if err == nil && event.Type == driver.EventExited {
				ours <- time.Since(event.Time)
			}
		}
	}()
	time.Sleep(100 * time.Millisecond) // both streams are open before the first event
	lags := make(map[string][]time.Duration)
	b.ResetTimer()
	for range b.N {
		name := x.next()
		if err := x.startOurs(name); err != nil {
			b.Fatal(err)
		}
		if err := x.call(http.MethodPost, "/containers/bench."+name+"/kill", "", nil); err != nil {
			b.Fatal(err)
		}
		lags["raw"], lags["ours"] = append(lags["raw"], <-raw), append(lags["ours"], <-ours)
		if err := x.removeOurs(name); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(0, "ns/op")
	for name, all := range lags {
		b.ReportMetric(float64(median(all).Microseconds()), name+"-lag-us")
	}
}

// tellRaw tells of every exit on the engine, until the benchmark ends.
func (x *bench) tellRaw(lags chan<- time.Duration) {
	request, err := http.NewRequestWithContext(x.b.Context(), http.MethodGet, "http://engine/v1.41/events?filters="+
		"%7B%22event%22%3A%5B%22die%22%5D%7D", nil)
	if err != nil {
		return
	}
	response, err := x.raw.Do(request)
	if err != nil {
		return
	}
	defer response.Body.Close()
	for decoder := json.NewDecoder(response.Body); ; {
		var event struct{ TimeNano int64 }
		if decoder.Decode(&event) != nil {
			return
		}
		lags <- time.Since(time.Unix(0, event.TimeNano))
	}
}
