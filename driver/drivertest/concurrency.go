package drivertest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

var concurrencyRules = group{name: "Concurrency", rules: []rule{
	{"a slow call delays no other instance", about(126, 127), slowDelaysNone, ""},
	{"calls for one instance come one after the other", about(126), oneAfterTheOther, ""},
	{"many instances live and die at once", about(128), manyAtOnce, ""},
	{"any calls at once leave a host in order", about(125, 126), anyAtOnce, ""},
}}

// slowly stops a stubborn instance in the background, until it is given up.
func slowly(t *trial, id string, grace time.Duration) (done <-chan error, giveUp context.CancelFunc) {
	t.Helper()
	t.run(t.spec(id, t.config.Workload.Stubborn))
	ctx, giveUp := context.WithCancel(t.Context())
	t.Cleanup(giveUp)
	stopped := make(chan error, 1)
	go func() { stopped <- t.driver.Stop(ctx, id, driver.StopOptions{Grace: grace}) }()
	t.pause(300 * time.Millisecond)
	return stopped, giveUp
}

func slowDelaysNone(t *trial) {
	stopped, giveUp := slowly(t, "slow", time.Hour)
	begun := time.Now()
	t.serve("quick")
	_, err := t.driver.List(t.Context(), driver.Filter{})
	t.must(err)
	t.must(t.driver.Restart(t.Context(), "quick", driver.StopOptions{Grace: -1}))
	t.must(t.driver.Destroy(t.Context(), "quick", driver.DestroyOptions{Force: true}))
	took := time.Since(begun)
	select {
	case err := <-stopped:
		t.Errorf("the other calls took %v, as long as the slow one (%v)", took, err)
	default:
		giveUp()
		t.refused(<-stopped, context.Canceled)
	}
}

func oneAfterTheOther(t *trial) {
	stopped, _ := slowly(t, "i1", 3*time.Second)
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	t.refused(t.driver.Start(ctx, "i1"), context.DeadlineExceeded) // it waits, and can be given up
	t.must(t.driver.Start(t.Context(), "i1"))
	select {
	case err := <-stopped:
		t.must(err)
	case <-time.After(soon):
		t.Error("Start did not wait for Stop to return")
	}
	t.state("i1", driver.Running)
}

func manyAtOnce(t *trial) {
	t.must(together(8, func(n int) error {
		spec := t.server(fmt.Sprintf("i%d", n))
		_, err := t.driver.Create(t.Context(), spec)
		return errors.Join(err,
			t.driver.Start(t.Context(), spec.ID),
			t.driver.Stop(t.Context(), spec.ID, driver.StopOptions{Grace: -1}),
			t.driver.Start(t.Context(), spec.ID),
			t.driver.Destroy(t.Context(), spec.ID, driver.DestroyOptions{Force: true}))
	}))
	t.none(t.driver)
}

// anyAtOnce makes calls in an order that nobody planned, for few instances from
// several drivers. What they may fail with is that the instance is absent or in a
// state that another has brought about.
func anyAtOnce(t *trial) {
	drivers := []driver.Driver{t.driver, t.again(), t.again()}
	specs := []driver.Spec{t.server("i0"), t.server("i1")}
	t.must(together(6, func(n int) error {
		d, number := drivers[n%len(drivers)], uint32(n+1)
		for range 12 {
			number = number*1664525 + 1013904223 // Knuth's: the same calls each time
			spec := specs[number>>16%uint32(len(specs))]
			err := anyCall(t.Context(), d, spec, int(number>>20%9))
			if err != nil && !errors.Is(err, dockerhv.ErrNotFound) && !errors.Is(err, dockerhv.ErrConflict) {
				return err
			}
		}
		return nil
	}))
	for _, spec := range specs {
		t.must(t.driver.Destroy(t.Context(), spec.ID, driver.DestroyOptions{Force: true}))
		t.create(spec)
		t.start(spec.ID)
		t.state(spec.ID, driver.Running)
	}
	all, err := t.driver.List(t.Context(), driver.Filter{})
	t.must(err)
	t.same("instances", []string{"i0", "i1"}, ids(all))
}

func anyCall(ctx context.Context, d driver.Driver, spec driver.Spec, which int) error {
	switch which {
	case 0:
		_, err := d.List(ctx, driver.Filter{States: []driver.State{driver.Running}})
		return err
	case 1:
		_, err := d.Inspect(ctx, spec.ID)
		return err
	case 2:
		return d.Stop(ctx, spec.ID, driver.StopOptions{Grace: -1})
	case 3:
		return d.Restart(ctx, spec.ID, driver.StopOptions{Grace: -1})
	case 4:
		return d.Destroy(ctx, spec.ID, driver.DestroyOptions{})
	case 5:
		return d.Destroy(ctx, spec.ID, driver.DestroyOptions{Force: true})
	case 6:
		return d.Start(ctx, spec.ID)
	}
	_, err := d.Create(ctx, spec)
	return err
}
