package docker_test

import (
	"context"
	"flag"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/driver/docker"
	"github.com/dockerhv/dockerhv/internal/enginetest"
)

// many is how many instances TestManyLives has. The requirement says 500.
var many = flag.Int("instances", 60, "how many instances live at the same time in TestManyLives")

// 128: many instances, all asked for at once, start, stop and are destroyed without an
// error, and leave nothing. The engine sees no more at a time than the driver lets
// through.
func TestManyLives(t *testing.T) {
	const bound = 4
	proxy, _, image := faulty(t, "lives")
	d := openAt(t, driver.Endpoint{URL: proxy.Endpoint()}, docker.Options{Owner: "lives", Concurrency: bound})
	before, descriptorsBefore := goroutines(), descriptors(t)
	r := watch(t, d)
	ctx := t.Context()
	var group errgroup.Group
	each := func(call func(id string) error) {
		t.Helper()
		for n := range *many {
			id := fmt.Sprint("n-", n)
			group.Go(func() error { return call(id) })
		}
		if err := group.Wait(); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { // where the test failed in between
		_, _ = driver.Sweep(cleanup(t), d, driver.SweepOptions{Grace: -1})
	})
	each(func(id string) error {
		spec := sleeper(id, image)
		spec.Command, spec.NICs = []string{"sleep", "1000"}, []driver.NIC{{Network: "none"}}
		if _, err := d.Create(ctx, spec); err != nil {
			return err
		}
		return d.Start(ctx, id)
	})
	if got := len(states(t, d)); got != *many {
		t.Errorf("%d instances live; want %d", got, *many)
	}
	each(func(id string) error { return d.Stop(ctx, id, driver.StopOptions{Grace: -1}) })
	each(func(id string) error { return d.Destroy(ctx, id, driver.DestroyOptions{}) })
	for n := range *many {
		r.until(t, fmt.Sprintf("destroyed n-%d ", n))
	}
	if got := len(r.brief()); got != 4**many {
		t.Errorf("%d events; want %d", got, 4**many)
	}
	for _, call := range []string{"POST /containers/create", "POST /containers/*/start"} {
		if peak := proxy.Peak(call); peak > bound || peak < 2 {
			t.Errorf("%d of %s at the same time; want %d at most", peak, call, bound)
		}
	}
	if left := claimants(t, "lives"); len(left) > 0 {
		t.Errorf("left: %q", left)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	noMoreGoroutines(t, before)
	if after := descriptors(t); after > descriptorsBefore {
		t.Errorf("%d descriptors, %d before", after, descriptorsBefore)
	}
}

// descriptors counts the files and connections that this process has open.
func descriptors(t *testing.T) int {
	t.Helper()
	all, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(all)
}

// 129: what idles costs nothing: no request, no connection and no goroutine for each
// instance, however many are watched and waited for.
func TestIdleCost(t *testing.T) {
	const instances, waiters = 20, 200
	proxy := enginetest.NewProxy(t, enginetest.Endpoint(t))
	g := newGate(t, strings.TrimPrefix(proxy.Endpoint(), "unix://"))
	image := busybox(t, open(t, "idle"))
	d := openAt(t, driver.Endpoint{URL: g.endpoint}, docker.Options{Owner: "idle"})
	t.Cleanup(func() {
		if _, err := driver.Sweep(cleanup(t), d, driver.SweepOptions{Grace: -1}); err != nil {
			t.Error(err)
		}
	})
	var group errgroup.Group
	for n := range instances {
		group.Go(func() error {
			spec := sleeper(fmt.Sprint("idle-", n), image)
			spec.Command, spec.NICs = []string{"sleep", "1000"}, []driver.NIC{{Network: "none"}}
			if _, err := d.Create(t.Context(), spec); err != nil {
				return err
			}
			return d.Start(t.Context(), spec.ID)
		})
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	r := watch(t, d)
	r.until(t, fmt.Sprintf("snapshot idle-%d running", instances-1))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	before := goroutines()
	for n := range waiters {
		group.Go(func() error {
			_, err := d.Wait(ctx, fmt.Sprint("idle-", n%instances))
			return err
		})
	}
	for looked := 0; looked < waiters; { // each looks once, and then only listens
		for _, call := range proxy.Calls() {
			if call == "GET /containers/*/json" {
				looked++
			}
		}
		time.Sleep(10 * time.Millisecond)
	}
	time.Sleep(3 * time.Second) // until all was listed once more, soon after the stream was opened
	proxy.Calls()
	time.Sleep(3 * time.Second)
	if calls := proxy.Calls(); len(calls) != 0 {
		t.Errorf("while all idles: %q", calls)
	}
	for deadline := time.Now().Add(15 * time.Second); g.connections() != 1; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("while all idles there are %d connections; want the events' alone", g.connections())
		}
	}
	// The waiters' own and those of a few connections that are kept for later.
	if after := goroutines(); after > before+waiters+50 {
		t.Errorf("%d goroutines with %d waiters, %d before", after, waiters, before)
	}
	cancel()
	_ = group.Wait()
	noMoreGoroutines(t, before+50)
	if call := "GET /events"; proxy.Peak(call) != 1 {
		t.Errorf("%d streams of events", proxy.Peak(call))
	}
}

// 126, 127: a call that hangs, of one instance or of one host, delays no other.
func TestHungCallDelaysNoOther(t *testing.T) {
	proxy, d, image := faulty(t, "hung")
	other := open(t, "hungother") // as of another host
	for _, id := range []string{"hangs", "goes-on"} {
		create(t, d, sleeper(id, image))
	}
	hangs := inspect(t, d, "hangs").HostID
	stop := proxy.Always(func(r *http.Request) bool {
		return strings.Contains(r.URL.Path, hangs) && r.Method == http.MethodPost
	}, enginetest.Delay(time.Hour))
	ctx, cancel := context.WithCancel(t.Context())
	hung := make(chan error, 2)
	go func() { hung <- d.Start(ctx, "hangs") }()
	proxy.Await(t, "POST /containers/*/start")
	go func() { hung <- d.Stop(ctx, "hangs", driver.StopOptions{}) }() // waits for the first
	start(t, d, "goes-on")
	create(t, other, sleeper("elsewhere", image))
	start(t, other, "elsewhere")
	if err := d.Stop(t.Context(), "goes-on", driver.StopOptions{Grace: -1}); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-hung:
		t.Fatalf("a call that was to hang returned: %v", err)
	default:
	}
	cancel()
	for range 2 {
		wantError(t, <-hung, context.Canceled)
	}
	stop()
	start(t, d, "hangs") // nothing is held any more
}

// 133: two drivers of one process, of two owners or of one, share nothing. The end of one
// is not the other's.
func TestTwoDriversInOneProcess(t *testing.T) {
	first, second, third := open(t, "two-a"), open(t, "two-a"), open(t, "two-b")
	image := busybox(t, first)
	create(t, second, sleeper("there", image))
	create(t, third, sleeper("there", image))
	readers := map[driver.Driver]*record{first: watch(t, first), second: watch(t, second), third: watch(t, third)}
	for _, r := range readers {
		r.until(t, "snapshot there created")
	}
	spec := sleeper("one", image)
	i, err := first.Create(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	if j := create(t, second, spec); j.HostID != i.HostID {
		t.Errorf("two drivers of one owner have %s and %s", i.HostID, j.HostID)
	}
	if j := create(t, third, spec); j.HostID == i.HostID {
		t.Errorf("two owners share %s", i.HostID)
	}
	readers[first].until(t, "created one created")
	exit := waitInBackground(t, second, "one")
	start(t, first, "one")
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	readers[second].until(t, "started one running")
	if err := second.Stop(t.Context(), "one", driver.StopOptions{Grace: -1}); err != nil {
		t.Fatal(err)
	}
	if got := result(t, exit); got.Code != 137 {
		t.Errorf("the exit is %+v", got)
	}
	readers[third].until(t, "created one created")
	if got := readers[third].brief(); len(got) != 2 {
		t.Errorf("another owner is told %q", got)
	}
}
