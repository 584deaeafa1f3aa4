package docker_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/driver/docker"
	"github.com/dockerhv/dockerhv/internal/enginetest"
)

// TestOneInstanceHoweverManyCreate lets several drivers create the same instance
// at once, as the processes of an orchestrator might.
func TestOneInstanceHoweverManyCreate(t *testing.T) {
	drivers := []*docker.Driver{open(t, "crowd"), open(t, "crowd"), open(t, "crowd")}
	spec := sleeper("one", busybox(t, drivers[0]))
	created := make([]driver.Instance, 12)
	var group errgroup.Group
	for i := range created {
		group.Go(func() (err error) {
			created[i], err = drivers[i%len(drivers)].Create(t.Context(), spec)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		t.Error(err)
	}
	create(t, drivers[0], spec) // to be destroyed
	for _, i := range created {
		if i.HostID != created[0].HostID {
			t.Errorf("two instances: %s and %s", i.HostID, created[0].HostID)
		}
	}
}

func TestManyInstancesAtOnce(t *testing.T) {
	d := open(t, "many")
	image := busybox(t, d)
	var group errgroup.Group
	for n := range 8 {
		group.Go(func() error {
			spec := sleeper(fmt.Sprintf("n-%d", n), image)
			_, err := d.Create(t.Context(), spec)
			return errors.Join(err,
				d.Start(t.Context(), spec.ID),
				d.Stop(t.Context(), spec.ID, driver.StopOptions{Grace: -1}),
				d.Destroy(t.Context(), spec.ID, driver.DestroyOptions{}))
		})
	}
	if err := group.Wait(); err != nil {
		t.Error(err)
	}
}

// TestSlowStopDelaysNoOther stops an instance that does not want to end, and
// uses another meanwhile; a further call for the first waits, and can be given up.
func TestSlowStopDelaysNoOther(t *testing.T) {
	d := open(t, "slow")
	image := busybox(t, d)
	stubborn := sleeper("stubborn", image)
	stubborn.Command = []string{"sh", "-c", "trap '' TERM; echo ready; while :; do sleep 0.1; done"}
	create(t, d, stubborn)
	create(t, d, sleeper("quick", image))
	start(t, d, stubborn.ID)
	waitForLine(t, d, stubborn.ID, "ready")

	stopped := make(chan error, 1)
	go func() { stopped <- d.Stop(t.Context(), stubborn.ID, driver.StopOptions{Grace: 4 * time.Second}) }()
	time.Sleep(300 * time.Millisecond)
	start(t, d, "quick")
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if err := d.Start(ctx, stubborn.ID); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the second call for the instance: %v; want it to wait", err)
	}
	select {
	case err := <-stopped:
		t.Errorf("the stop is done already (%v), so that this test shows nothing", err)
	default:
	}
	if err := <-stopped; err != nil {
		t.Error(err)
	}
}

func TestNothingStaysBehindInThisProcess(t *testing.T) {
	warm := open(t, "leak")
	image := busybox(t, warm)
	before := goroutines()
	for n := range 5 {
		d, err := docker.Open(t.Context(), driver.Endpoint{URL: enginetest.Endpoint(t)}, docker.Options{Owner: "leak"})
		if err != nil {
			t.Fatal(err)
		}
		spec := sleeper(fmt.Sprintf("leak-%d", n), image)
		create(t, warm, spec)
		start(t, d, spec.ID)
		waitForLine(t, d, spec.ID, "ready") // which breaks off a stream that is followed
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		if _, err := d.Wait(ctx, spec.ID); err == nil {
			t.Error("it ended")
		}
		cancel()
		if err := d.Destroy(t.Context(), spec.ID, driver.DestroyOptions{Force: true}); err != nil {
			t.Fatal(err)
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
	}
	for deadline := time.Now().Add(5 * time.Second); goroutines() > before; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			stacks := make([]byte, 1<<20)
			t.Fatalf("%d goroutines, %d before\n%s", goroutines(), before, stacks[:runtime.Stack(stacks, true)])
		}
	}
}

func goroutines() int { return runtime.NumGoroutine() }

// TestClosedEngine loses the engine in the middle.
func TestClosedEngine(t *testing.T) {
	enginetest.Endpoint(t)
	e, err := enginetest.Start(t.Context(), enginetest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	d, err := docker.Open(t.Context(), driver.Endpoint{URL: e.Endpoint()}, docker.Options{})
	if err != nil {
		t.Fatal(err)
	}
	e.Kill()
	_, err = d.List(t.Context(), driver.Filter{})
	wantError(t, err, dockerhv.ErrUnavailable)
	wantError(t, d.Stop(t.Context(), "any", driver.StopOptions{}), dockerhv.ErrUnavailable)
	if err := d.Close(); err != nil {
		t.Error(err)
	}
}
