package driver_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

func TestWaitUsesWaiter(t *testing.T) {
	exit, err := driver.Wait(t.Context(), wrapper{told{}}, "i1")
	if err != nil || exit.Code != 7 {
		t.Errorf("Wait = %v, %v, want what the Waiter says", exit, err)
	}
}

// TestWaitPolls gives a driver that is no Waiter an instance that passes through
// states, one each poll.
func TestWaitPolls(t *testing.T) {
	exit := driver.Exit{Code: 137, OOM: true}
	at := func(s driver.State, e *driver.Exit) driver.Instance { return driver.Instance{State: s, Exit: e} }
	tests := []struct {
		name  string
		polls []driver.Instance
		took  time.Duration
	}{
		{"ended already", []driver.Instance{at(driver.Exited, &exit)}, 0},
		{"runs at first", []driver.Instance{at(driver.Running, nil), at(driver.Paused, nil), at(driver.Exited, &exit)}, time.Second},
		{"was never started", []driver.Instance{at(driver.Created, nil), at(driver.Running, nil), at(driver.Exited, &exit)}, time.Second},
		{"is started again", []driver.Instance{at(driver.Restarting, &exit), at(driver.Exited, &exit)}, time.Second / 2},
		{"is dead", []driver.Instance{at(driver.Dead, &exit)}, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d, begin := script(tt.polls, nil), time.Now()
				got, err := driver.Wait(t.Context(), d, "i1")
				if diff := cmp.Diff(exit, got); diff != "" || err != nil {
					t.Errorf("Wait: %v (-want +got):\n%s", err, diff)
				}
				if took := time.Since(begin); took != tt.took {
					t.Errorf("Wait took %v, want %v", took, tt.took)
				}
			})
		})
	}
}

// TestWaitError: what Inspect fails with is returned as it is, and is no exit.
func TestWaitError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gone := &dockerhv.Error{Op: "inspect instance", Class: dockerhv.ErrNotFound}
		d := script([]driver.Instance{{State: driver.Running}}, gone)
		got, err := driver.Wait(t.Context(), d, "i1")
		if !errors.Is(err, gone) || got != (driver.Exit{}) {
			t.Errorf("Wait = %v, %v, want %v", got, err, gone)
		}
	})
}

func TestWaitContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		running := fake{inspect: func(string) (driver.Instance, error) { return driver.Instance{State: driver.Running}, nil }}
		ctx, cancel := context.WithTimeout(t.Context(), 700*time.Millisecond)
		defer cancel()
		begin := time.Now()
		_, err := driver.Wait(ctx, running, "i1")
		checkGivenUp(t, err, context.DeadlineExceeded)
		if took := time.Since(begin); took != 700*time.Millisecond {
			t.Errorf("Wait took %v after its deadline", took)
		}

		why := errors.New("the console was closed")
		cancelled, giveUp := context.WithCancelCause(t.Context())
		giveUp(why)
		_, err = driver.Wait(cancelled, running, "i1")
		checkGivenUp(t, err, context.Canceled)
		if !errors.Is(err, why) || err.Error() != "wait for instance i1: the console was closed" {
			t.Errorf("Wait = %v, want the cause in it", err)
		}
	})
}

func checkGivenUp(t *testing.T, err, sentinel error) {
	t.Helper()
	var typed *dockerhv.Error
	if !errors.Is(err, sentinel) || !errors.As(err, &typed) || typed.ID != "i1" {
		t.Errorf("the error is %v, want a *dockerhv.Error of i1 that is %v", err, sentinel)
	}
}

// script answers one Inspect after the other, and then with the error.
func script(polls []driver.Instance, then error) fake {
	return fake{inspect: func(id string) (driver.Instance, error) {
		if id != "i1" || len(polls) == 0 {
			return driver.Instance{}, then
		}
		answer := polls[0]
		polls = polls[1:]
		return answer, nil
	}}
}
