package docker_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/template"
)

func TestWait(t *testing.T) {
	d := open(t, "wait")
	image := busybox(t, d)
	spec := sleeper("wait", image)
	spec.Command = []string{"sh", "-c", "read x < /dev/stdin; sleep 0.5; exit 9"}
	create(t, d, spec)

	// Waiters before the start, while it runs, and after the exit get the same.
	exits := make([]driver.Exit, 3)
	var group errgroup.Group
	group.Go(func() (err error) {
		exits[0], err = driver.Wait(t.Context(), d, spec.ID)
		return err
	})
	time.Sleep(100 * time.Millisecond)
	start(t, d, spec.ID)
	group.Go(func() (err error) {
		exits[1], err = driver.Wait(t.Context(), d, spec.ID)
		return err
	})
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	var err error
	if exits[2], err = driver.Wait(t.Context(), d, spec.ID); err != nil {
		t.Fatal(err)
	}
	for i, exit := range exits {
		if exit != exits[0] || exit.Code != 9 {
			t.Errorf("waiter %d got %+v; want code 9", i, exit)
		}
	}
}

func TestWaitEndsWithItsContextOrItsInstance(t *testing.T) {
	d := open(t, "waitend")
	spec := sleeper("waitend", busybox(t, d))
	create(t, d, spec)
	start(t, d, spec.ID)

	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if _, err := driver.Wait(ctx, d, spec.ID); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("cancelled: %v", err)
	}

	waited := make(chan error)
	go func() {
		_, err := driver.Wait(t.Context(), d, spec.ID)
		waited <- err
	}()
	time.Sleep(200 * time.Millisecond)
	if err := d.Destroy(t.Context(), spec.ID, driver.DestroyOptions{Force: true}); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-waited:
		if err != nil { // an exit that was seen before the removal is right too
			wantError(t, err, dockerhv.ErrNotFound)
		}
	case <-time.After(10 * time.Second):
		t.Error("the waiter of a destroyed instance waits on")
	}
}

// greedy is the spec of an instance that takes all memory that it can get. It has
// more than the least, in which the runtime of newer engines can't start anything.
func greedy(id string, image template.Image) driver.Spec {
	spec := sleeper(id, image)
	spec.Resources.Memory = 16 << 20
	spec.Command = []string{"sh", "-c", "x=0123456789abcdef; while :; do x=$x$x; done"}
	return spec
}

func TestOutOfMemory(t *testing.T) {
	d := open(t, "oom")
	spec := greedy("oom", busybox(t, d))
	create(t, d, spec)
	start(t, d, spec.ID)
	exit, err := driver.Wait(t.Context(), d, spec.ID)
	if err != nil || exit.Code != 137 || !exit.OOM {
		t.Errorf("exit %+v, %v; want 137, out of memory", exit, err)
	}
}
