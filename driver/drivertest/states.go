package drivertest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

var stateRules = group{name: "States", rules: []rule{
	{"go only forward within a run, whatever is done to the instance", about(13, 14, 28), statesForward, ""},
}}

// statesForward does things to an instance by chance, and looks at it all the while.
func statesForward(t *trial) {
	for seed := range uint64(2) {
		id := fmt.Sprint("i", seed)
		t.create(t.server(id))
		done := make(chan struct{})
		samples := make(chan []driver.Instance, 1)
		go func() { samples <- t.sample(id, done) }()
		t.byChance(id, rand.New(rand.NewPCG(seed, 28))) //nolint:gosec // it is to be repeated, not secret
		close(done)
		seen := <-samples
		for n := range seen[1:] {
			if err := follows(seen[n], seen[n+1]); err != nil {
				t.Errorf("seed %d: %v: %+v, exit %+v; before %+v, exit %+v", seed, err, seen[n+1], seen[n+1].Exit, seen[n], seen[n].Exit)
			}
		}
	}
}

// byChance makes calls, of which some are refused in the state that the instance is in.
func (t *trial) byChance(id string, random *rand.Rand) {
	t.Helper()
	calls := []func() error{
		func() error { return t.driver.Start(t.Context(), id) },
		func() error { return t.driver.Start(t.Context(), id) },
		func() error { return t.driver.Stop(t.Context(), id, driver.StopOptions{Grace: -1}) },
		func() error { return t.driver.Restart(t.Context(), id, driver.StopOptions{Grace: -1}) },
	}
	if Pauser.has(t.driver) {
		calls = append(calls,
			func() error { return driver.Pause(t.Context(), t.driver, id) },
			func() error { return driver.Unpause(t.Context(), t.driver, id) })
	}
	if Signaler.has(t.driver) {
		calls = append(calls, func() error { return driver.Signal(t.Context(), t.driver, id, "KILL") })
	}
	for range 25 {
		if err := calls[random.IntN(len(calls))](); err != nil && !errors.Is(err, dockerhv.ErrConflict) {
			t.Fatal(err)
		}
		t.pause(time.Duration(random.IntN(20)) * time.Millisecond)
	}
}

// sample looks at an instance again and again until it is told to stop.
func (t *trial) sample(id string, done <-chan struct{}) (seen []driver.Instance) {
	for {
		i, err := t.driver.Inspect(t.Context(), id)
		if err != nil {
			t.Error(err)
			return append(seen, driver.Instance{})
		}
		seen = append(seen, i)
		select {
		case <-done:
			return seen
		case <-time.After(2 * time.Millisecond):
		}
	}
}

// follows tells what is wrong with what an instance is after what it was.
func follows(was, is driver.Instance) error {
	order := []driver.State{driver.Created, driver.Running, driver.Exited}
	rank := func(s driver.State) int {
		if s.Active() {
			s = driver.Running
		}
		return slices.Index(order, s)
	}
	switch {
	case rank(is.State) < 0:
		return fmt.Errorf("it is %s", is.State)
	case is.State.Active() != (is.Exit == nil) && is.State != driver.Created:
		return errors.New("it has an exit and runs, or none and does not")
	case is.Started.Before(was.Started) || is.Restarts < was.Restarts:
		return errors.New("it was started less often or earlier")
	case !is.Started.Equal(was.Started):
		return nil // another run
	case rank(is.State) < rank(was.State):
		return fmt.Errorf("it went back from %s within a run", was.State)
	case was.Exit != nil && is.Exit != nil && *was.Exit != *is.Exit:
		return errors.New("its exit has changed")
	}
	return nil
}
