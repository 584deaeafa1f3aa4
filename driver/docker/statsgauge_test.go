package docker_test

import (
	"bytes"
	"context"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/driver/docker"
	"github.com/dockerhv/dockerhv/internal/enginetest"
)

// A stream that fell silent, as behind a firewall that forgot it, is opened anew.
func TestStatsOfABrokenStream(t *testing.T) {
	var silent atomic.Bool
	d, err := docker.Open(t.Context(), driver.Endpoint{URL: silenced(t, &silent)}, docker.Options{Owner: "statsbroken"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	if !streams(t, d) {
		t.Skip("this engine is measured without streams")
	}
	docker.SetStatsFresh(d, 2*time.Second)
	spec := running(t, d, "statsbroken")
	first := stats(t, d, driver.Filter{})[spec.ID]
	silent.Store(true)
	time.Sleep(2500 * time.Millisecond)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	for {
		all, err := d.Stats(ctx, driver.Filter{})
		if err != nil {
			t.Fatal(err)
		}
		if all[spec.ID].Time.After(first.Time.Add(2 * time.Second)) {
			return
		}
	}
}

// silenced stands before the test's engine, and keeps from streams of measurements
// that began before what comes after silent is set.
func silenced(t *testing.T, silent *atomic.Bool) (url string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	socket := strings.TrimPrefix(enginetest.Endpoint(t), "unix://")
	go func() {
		for {
			near, err := l.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("unix", socket)
			if err != nil {
				_ = near.Close()
				continue
			}
			var swallows atomic.Bool
			go pass(far, near, func(request []byte) bool {
				swallows.Store(bytes.Contains(request, []byte("/stats?")) && !silent.Load())
				return true
			})
			go pass(near, far, func([]byte) bool { return !swallows.Load() || !silent.Load() })
		}
	}()
	return "tcp://" + l.Addr().String()
}

// pass passes one direction on, of what it may.
func pass(to, from net.Conn, may func([]byte) bool) {
	defer to.Close()
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		if n > 0 && may(buffer[:n]) {
			_, _ = to.Write(buffer[:n])
		}
		if err != nil {
			return
		}
	}
}
