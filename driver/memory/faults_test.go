package memory_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/driver/memory"
)

// newServer is a host with an image that serves, and a driver of it.
func newServer(t *testing.T) (*memory.Host, *memory.Driver, driver.Spec) {
	t.Helper()
	host := memory.New(memory.Options{})
	image := host.Put("example.org/web:1", memory.Image{Command: []string{"serve"}})
	d := host.Open("test")
	t.Cleanup(func() {
		host.Fail(nil)
		host.Reconnect()
		_, _ = driver.Sweep(context.WithoutCancel(t.Context()), d, driver.SweepOptions{Grace: -1})
	})
	return host, d, driver.Spec{ID: "i1", Image: image.ID}
}

// once fails one call of an operation, in a phase.
func once(op string, phase memory.Phase, err error) func(context.Context, memory.Call) error {
	done := false
	return func(_ context.Context, c memory.Call) error {
		if done || c.Op != op || c.Phase != phase {
			return nil
		}
		done = true
		return err
	}
}

func TestFailBeforeAndAfter(t *testing.T) {
	lost := errors.New("the answer was lost")
	for phase, made := range map[memory.Phase]int{memory.Before: 0, memory.After: 1} {
		t.Run(string(phase), func(t *testing.T) {
			host, d, spec := newServer(t)
			host.Fail(once("create instance", phase, lost))
			i, err := d.Create(t.Context(), spec)
			var typed *dockerhv.Error
			if !errors.Is(err, lost) || !errors.As(err, &typed) || typed.Op != "create instance" || typed.ID != "i1" || i.HostID != "" {
				t.Errorf("Create = %v, %v, want %v", i, err, lost)
			}
			if all, err := d.List(t.Context(), driver.Filter{}); err != nil || len(all) != made {
				t.Errorf("List = %v, %v, want %d instances", all, err, made)
			}
			if _, err := d.Create(t.Context(), spec); err != nil {
				t.Errorf("the same call again: %v", err)
			}
		})
	}
}

// TestFailHangs: a call that hangs ends with its context, and delays no other.
func TestFailHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		host, d, spec := newServer(t)
		host.Fail(func(ctx context.Context, c memory.Call) error {
			if c.Op != "start instance" || c.Phase != memory.Before {
				return nil
			}
			<-ctx.Done()
			return ctx.Err()
		})
		if _, err := d.Create(t.Context(), spec); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		begun := time.Now()
		if err := d.Start(ctx, "i1"); !errors.Is(err, context.DeadlineExceeded) || time.Since(begun) != time.Minute {
			t.Errorf("Start = %v after %v", err, time.Since(begun))
		}
		if i, err := d.Inspect(t.Context(), "i1"); err != nil || i.State != driver.Created {
			t.Errorf("Inspect = %v, %v", i.State, err)
		}
	})
}

func TestExitAndOOM(t *testing.T) {
	host, d, spec := newServer(t)
	if _, err := d.Create(t.Context(), spec); err != nil {
		t.Fatal(err)
	}
	host.Exit("test", "i1", 3) // at rest
	host.Exit("test", "nobody", 3)
	host.OOM("another", "i1")
	for _, tt := range []struct {
		end  func()
		want driver.Exit
	}{
		{func() { host.Exit("test", "i1", 3) }, driver.Exit{Code: 3, Cause: driver.ExitNormal}},
		{func() { host.OOM("test", "i1") }, driver.Exit{Code: 137, Signal: 9, Cause: driver.ExitOOM, OOM: true}},
		{func() { host.Kill("test", "i1") }, driver.Exit{Code: 137, Signal: 9, Cause: driver.ExitExternal}},
		{func() { host.Lose("test", "i1") }, driver.Exit{Code: 255, Cause: driver.ExitLost}},
	} {
		if err := d.Start(t.Context(), "i1"); err != nil {
			t.Fatal(err)
		}
		tt.end()
		exit, err := d.Wait(t.Context(), "i1")
		exit.Time = time.Time{}
		if err != nil || exit != tt.want {
			t.Errorf("Wait = %+v, %v, want %+v", exit, err, tt.want)
		}
	}
}

func TestDisconnect(t *testing.T) {
	host, d, spec := newServer(t)
	host.Disconnect()
	if _, err := d.Create(t.Context(), spec); !errors.Is(err, dockerhv.ErrUnavailable) {
		t.Errorf("Create = %v, want a host that is away", err)
	}
	if _, err := d.Images().Image(t.Context(), spec.Image); !errors.Is(err, dockerhv.ErrUnavailable) {
		t.Errorf("Image = %v, want a host that is away", err)
	}
	host.Reconnect()
	host.Reconnect()
	if _, err := d.Create(t.Context(), spec); err != nil {
		t.Error(err)
	}
}

// TestDefault: a program that nobody wrote is run by the default one.
func TestDefault(t *testing.T) {
	host := memory.New(memory.Options{Default: func(context.Context, *memory.Process) int { return 42 }})
	image := host.Put("example.org/db:1", memory.Image{Entrypoint: []string{"postgres"}, Command: []string{"-D", "/data"}})
	d := host.Open("test")
	if _, err := d.Create(t.Context(), driver.Spec{ID: "i1", Image: image.ID}); err != nil {
		t.Fatal(err)
	}
	if err := d.Start(t.Context(), "i1"); err != nil {
		t.Fatal(err)
	}
	if exit, err := d.Wait(t.Context(), "i1"); err != nil || exit.Code != 42 {
		t.Errorf("Wait = %+v, %v", exit, err)
	}
}
