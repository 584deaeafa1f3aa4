package docker_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/driver/docker"
	"github.com/dockerhv/dockerhv/internal/enginetest"
)

func stats(t *testing.T, d driver.Driver, filter driver.Filter) map[string]driver.Stats {
	t.Helper()
	all, err := driver.ReadStats(t.Context(), d, filter)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func keys(all map[string]driver.Stats) []string {
	var ids []string
	for id := range all {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

// 109 and 113: the numbers are what the instances do, whoever counts them.
func TestStats(t *testing.T) {
	t.Run("by the kernel's files", func(t *testing.T) { testStats(t, open(t, "stats")) })
	t.Run("by the engine", func(t *testing.T) {
		d := open(t, "statsremote")
		docker.SetStatsRemote(d)
		testStats(t, d)
	})
}

func testStats(t *testing.T, d *docker.Driver) {
	image := busybox(t, d)
	spec := sleeper("busy", image)
	spec.Resources = driver.Resources{CPUs: 0.2, Memory: 256 << 20}
	spec.Command = []string{"sh", "-c", "dd if=/dev/zero of=/tmp/cache bs=1M count=64; sync; " +
		"x=0123456789abcdef; while [ ${#x} -lt 8000000 ]; do x=$x$x; done; sleep 1000 & echo ready; while :; do :; done"}
	create(t, d, spec)
	start(t, d, spec.ID)
	waitForLine(t, d, spec.ID, "ready")
	first := stats(t, d, driver.Filter{})[spec.ID]
	if first.CPUs >= 0 || first.Time.IsZero() || first.CPU <= 0 {
		t.Errorf("the first: %+v", first)
	}
	time.Sleep(2 * time.Second)
	second := stats(t, d, driver.Filter{})[spec.ID]
	held := second.Throttled > first.Throttled || second.CPUs < 0.19 // by its bound, or a machine that is busy
	if second.CPUs < 0.01 || second.CPUs > 0.4 || !held || !second.Time.After(first.Time) {
		t.Errorf("a fifth of a CPU is %+v, after %+v", second, first)
	}
	if second.Memory < 8<<20 || second.Memory > 60<<20 || second.MemoryLimit != 256<<20 {
		t.Errorf("8 MB and 64 MB of files are %d of %d bytes", second.Memory, second.MemoryLimit)
	}
	if second.Anon < 8<<20 || second.Anon > second.Memory || second.File < 60<<20 || second.File > 80<<20 || second.Swap > 1<<20 {
		t.Errorf("of 8 MB and 64 MB of files %d is its own, %d of files, and %d swapped out", second.Anon, second.File, second.Swap)
	}
	if second.PIDs != 2 {
		t.Errorf("%d processes", second.PIDs)
	}
	// A counter that went back is not taken for use.
	if err := d.Restart(t.Context(), spec.ID, driver.StopOptions{Grace: -1}); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if again := stats(t, d, driver.Filter{})[spec.ID]; again.CPUs > 0.7 || again.CPUs < 0 && again.CPUs != -1 {
			t.Errorf("restarted: %+v", again)
		}
		time.Sleep(500 * time.Millisecond)
	}
}

// 109: what goes over the NICs and to the disks.
func TestStatsOfTraffic(t *testing.T) {
	d := open(t, "traffic")
	spec := running(t, d, "traffic")
	before := stats(t, d, driver.Filter{})[spec.ID]
	output(t, d, spec.ID, "ping -c 3 -s 1000 $(ip route | sed -n 's/^default via \\([0-9.]*\\).*/\\1/p') >/dev/null")
	time.Sleep(1500 * time.Millisecond) // the next round of an engine that measures by itself
	after := stats(t, d, driver.Filter{})[spec.ID]
	if after.SentBytes-before.SentBytes < 3000 || after.ReceivedBytes-before.ReceivedBytes < 3000 {
		t.Errorf("3 kB there and back: %+v after %+v", after, before)
	}
	if after.ReadBytes < before.ReadBytes || after.WrittenBytes < before.WrittenBytes {
		t.Errorf("disks: %+v after %+v", after, before)
	}
}

func TestStatsOfAFilter(t *testing.T) {
	d, other := open(t, "statsfilter"), open(t, "statsother")
	image := busybox(t, d)
	for _, id := range []string{"one", "paused", "rest", "two"} {
		spec := sleeper(id, image)
		spec.Labels = map[string]string{"first": id[:1]}
		create(t, d, spec)
		if id != "rest" {
			start(t, d, id)
		}
	}
	create(t, other, sleeper("foreign", image))
	start(t, other, "foreign")
	if err := d.Pause(t.Context(), "paused"); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		filter driver.Filter
		want   []string
	}{
		{driver.Filter{}, []string{"one", "paused", "two"}},
		{driver.Filter{IDs: []string{"two", "rest", "nobody"}}, []string{"two"}},
		{driver.Filter{Labels: map[string]string{"first": "o"}}, []string{"one"}},
		{driver.Filter{States: []driver.State{driver.Paused}}, []string{"paused"}},
		{driver.Filter{States: []driver.State{driver.Created}}, nil},
	} {
		if got := keys(stats(t, d, tc.filter)); !slices.Equal(got, tc.want) {
			t.Errorf("%+v: %q; want %q", tc.filter, got, tc.want)
		}
	}
}

// through opens the engine behind a proxy that counts the requests, and tells how
// many measurements were asked for since it was asked.
func through(t *testing.T, owner string) (d *docker.Driver, asked func() int) {
	t.Helper()
	proxy := enginetest.NewProxy(t, enginetest.Endpoint(t))
	d, err := docker.Open(t.Context(), driver.Endpoint{URL: proxy.Endpoint()}, docker.Options{Owner: owner})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	docker.SetStatsRemote(d)
	return d, func() (n int) {
		for _, call := range proxy.Calls() {
			if call == "GET /containers/*/stats" {
				n++
			}
		}
		return n
	}
}

// streams tells whether this engine is measured by streams.
func streams(t *testing.T, d driver.Driver) bool {
	t.Helper()
	host, err := d.Host(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return host.APIVersion < "1.45"
}

// 110 and 111: no request while nobody asks, and one for each instance and call at
// most; of streams one for each instance, until nobody has asked for a while.
func TestStatsRequests(t *testing.T) {
	d, asked := through(t, "statsreq")
	image := busybox(t, d)
	docker.SetStatsIdle(d, 2*time.Second)
	for _, id := range []string{"one", "two"} {
		create(t, d, sleeper(id, image))
		start(t, d, id)
	}
	if n := asked(); n != 0 {
		t.Errorf("%d requests before anybody asked", n)
	}
	before := goroutines()
	for range 3 {
		stats(t, d, driver.Filter{})
	}
	want := 6
	if streams(t, d) {
		want = 2
	}
	if n := asked(); n != want {
		t.Errorf("%d requests for 2 instances and 3 calls; want %d", n, want)
	}
	begun := time.Now()
	noMoreGoroutines(t, before+4) // of connections that are kept for later
	t.Logf("the streams ended %v after the last call", time.Since(begun))
	time.Sleep(1500 * time.Millisecond)
	if n := asked(); n != 0 {
		t.Errorf("%d requests after the last call", n)
	}
	stats(t, d, driver.Filter{}) // and again
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	noMoreGoroutines(t, before)
	_, err := d.Stats(t.Context(), driver.Filter{})
	wantError(t, err, dockerhv.ErrClosed)
}

// 111: of an engine of this machine not even a list is asked for while events are read.
// The numbers are those that the engine has.
func TestStatsWithoutARequest(t *testing.T) {
	proxy, _, image := faulty(t, "statslocal")
	d := openAt(t, driver.Endpoint{URL: proxy.Endpoint()}, docker.Options{Owner: "statslocal"})
	for _, id := range []string{"one", "two", "rest"} {
		create(t, d, sleeper(id, image))
		if id != "rest" {
			start(t, d, id)
		}
	}
	proxy.Calls()
	want := []string{"one", "two"}
	if got := keys(stats(t, d, driver.Filter{})); !slices.Equal(got, want) {
		t.Errorf("measured are %q; want %q", got, want)
	}
	if calls := proxy.Calls(); len(calls) != 1 || calls[0] != "GET /containers/json" {
		t.Errorf("while nobody reads events: %q; want one list", calls)
	}
	r := watch(t, d)
	r.until(t, "snapshot two running")
	proxy.Calls()
	for range 20 {
		if got := keys(stats(t, d, driver.Filter{})); !slices.Equal(got, want) {
			t.Fatalf("measured are %q; want %q", got, want)
		}
		if got := keys(stats(t, d, driver.Filter{IDs: []string{"two", "rest", "nobody"}})); !slices.Equal(got, []string{"two"}) {
			t.Fatalf("measured are %q", got)
		}
	}
	if calls := proxy.Calls(); len(calls) != 0 {
		t.Errorf("while events are read: %q", calls)
	}
	here := stats(t, d, driver.Filter{})["one"]
	docker.SetStatsRemote(d)
	there := stats(t, d, driver.Filter{})["one"]
	near := func(a, b, by int64) bool { return a-b <= by && b-a <= by }
	if !near(here.Memory, there.Memory, 2<<20) || !near(here.Anon, there.Anon, 2<<20) || here.MemoryLimit != there.MemoryLimit ||
		!near(here.ReceivedBytes, there.ReceivedBytes, 2000) || here.PIDs == 0 || there.PIDs == 0 || here.CPU > there.CPU+time.Second {
		t.Errorf("the kernel's files have %+v, and the engine %+v", here, there)
	}
	if _, err := os.Stat("/sys/fs/cgroup/unified/cpu.pressure"); err == nil && here.Pressure == nil {
		t.Error("the kernel counts pressure, and it is not told")
	}
}

// 112: the stream of an instance that stops ends with its next round.
func TestStatsEndWithTheInstance(t *testing.T) {
	d := open(t, "statsend")
	docker.SetStatsRemote(d)
	spec := running(t, d, "statsend")
	before := goroutines()
	stats(t, d, driver.Filter{})
	if err := d.Stop(t.Context(), spec.ID, driver.StopOptions{Grace: -1}); err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	for docker.StatsStreams(d) > 0 {
		if time.Since(begun) > 5*time.Second {
			t.Fatal("the stream goes on")
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Logf("the stream ended %v after Stop", time.Since(begun))
	if all := stats(t, d, driver.Filter{}); len(all) != 0 {
		t.Errorf("at rest it has %+v", all)
	}
	for range 3 { // and what is started and destroyed again and again leaves nothing
		start(t, d, spec.ID)
		if all := stats(t, d, driver.Filter{}); all[spec.ID].CPUs != -1 {
			t.Errorf("started anew: %+v", all)
		}
		if err := d.Destroy(t.Context(), spec.ID, driver.DestroyOptions{Force: true}); err != nil {
			t.Fatal(err)
		}
		create(t, d, spec)
	}
	noMoreGoroutines(t, before+2)
}

func TestStatsCancelled(t *testing.T) {
	d := open(t, "statscancel")
	docker.SetStatsRemote(d)
	spec := running(t, d, "statscancel")
	before := goroutines()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := d.Stats(ctx, driver.Filter{})
	wantError(t, err, context.Canceled)
	for range 10 { // in the middle, where the engine's round is far off
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		begun := time.Now()
		if _, err := d.Stats(ctx, driver.Filter{}); err != nil {
			wantError(t, err, context.DeadlineExceeded)
		}
		if took := time.Since(begun); took > 500*time.Millisecond {
			t.Errorf("it took %v", took)
		}
		cancel()
	}
	if got := stats(t, d, driver.Filter{}); len(got) != 1 || got[spec.ID].PIDs == 0 {
		t.Errorf("the next call: %+v", got)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	noMoreGoroutines(t, before)
}

// Many ask at once while instances come and go.
func TestStatsOfManyAtOnce(t *testing.T) {
	d := open(t, "statsmany")
	docker.SetStatsRemote(d)
	image := busybox(t, d)
	docker.SetStatsIdle(d, 20*time.Millisecond) // shorter than a round: streams end under their readers
	var group errgroup.Group
	for n := range 4 {
		spec := sleeper(fmt.Sprintf("many-%d", n), image)
		create(t, d, spec)
		group.Go(func() error {
			for range 2 {
				err := errors.Join(d.Start(t.Context(), spec.ID),
					d.Stop(t.Context(), spec.ID, driver.StopOptions{Grace: -1}))
				if err != nil {
					return err
				}
			}
			return d.Start(t.Context(), spec.ID)
		})
		group.Go(func() error {
			for range 5 {
				all, err := d.Stats(t.Context(), driver.Filter{})
				if err != nil {
					return err
				}
				for id, s := range all {
					if s.CPUs < 0 && s.CPUs != -1 || s.CPUs > 64 || s.Memory < 0 {
						return fmt.Errorf("%s: %+v", id, s)
					}
				}
				time.Sleep(10 * time.Millisecond)
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		t.Error(err)
	}
}
