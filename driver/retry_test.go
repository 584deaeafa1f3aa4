package driver_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

// flaky is a driver each call of whose core gets the next of the errors, and nil when
// there are no more.
type flaky struct {
	driver.Driver
	mu       sync.Mutex // while calls are under way
	errs     []error
	attempts []int
	hang     bool // until the context ends
}

func (f *flaky) next(ctx context.Context) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.attempts = append(f.attempts, driver.Attempt(ctx))
	if f.hang {
		f.mu.Unlock()
		<-ctx.Done()
		f.mu.Lock()
		return &dockerhv.Error{Op: "hang", Class: ctx.Err()}
	}
	if len(f.errs) == 0 {
		return nil
	}
	err := f.errs[0]
	f.errs = f.errs[1:]
	return err
}

func (f *flaky) Host(ctx context.Context) (driver.Host, error) { return driver.Host{}, f.next(ctx) }
func (f *flaky) Create(ctx context.Context, s driver.Spec) (driver.Instance, error) {
	return driver.Instance{ID: s.ID}, f.next(ctx)
}

func (f *flaky) Start(ctx context.Context, _ string) error { return f.next(ctx) }

func (f *flaky) Stop(ctx context.Context, _ string, _ driver.StopOptions) error { return f.next(ctx) }

func (f *flaky) Restart(ctx context.Context, _ string, _ driver.StopOptions) error {
	return f.next(ctx)
}

func (f *flaky) Destroy(ctx context.Context, _ string, _ driver.DestroyOptions) error {
	return f.next(ctx)
}

func (f *flaky) Inspect(ctx context.Context, id string) (driver.Instance, error) {
	return driver.Instance{ID: id}, f.next(ctx)
}

func (f *flaky) List(ctx context.Context, _ driver.Filter) ([]driver.Instance, error) {
	return []driver.Instance{{ID: "i1"}}, f.next(ctx)
}

func away() error {
	return &dockerhv.Error{Op: "start instance", ID: "i1", Class: dockerhv.ErrUnavailable, Err: errors.New("it is away")}
}

// coreCalls makes each call of the core that can fail.
func coreCalls(d driver.Driver) map[string]func(context.Context) error {
	return map[string]func(context.Context) error{
		"Host":    func(ctx context.Context) error { _, err := d.Host(ctx); return err },
		"Create":  func(ctx context.Context) error { _, err := d.Create(ctx, driver.Spec{ID: "i1"}); return err },
		"Start":   func(ctx context.Context) error { return d.Start(ctx, "i1") },
		"Stop":    func(ctx context.Context) error { return d.Stop(ctx, "i1", driver.StopOptions{}) },
		"Restart": func(ctx context.Context) error { return d.Restart(ctx, "i1", driver.StopOptions{}) },
		"Destroy": func(ctx context.Context) error { return d.Destroy(ctx, "i1", driver.DestroyOptions{}) },
		"Inspect": func(ctx context.Context) error { _, err := d.Inspect(ctx, "i1"); return err },
		"List":    func(ctx context.Context) error { _, err := d.List(ctx, driver.Filter{}); return err },
	}
}

// 35: each call of the core is tried again until it succeeds, and is told which try it is.
func TestRetryingTriesAgain(t *testing.T) {
	for name := range coreCalls(nil) {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				inner := &flaky{errs: []error{away(), away()}}
				if err := coreCalls(driver.Retrying(inner, driver.RetryOptions{}))[name](t.Context()); err != nil {
					t.Error(err)
				}
				if fmt.Sprint(inner.attempts) != "[1 2 3]" {
					t.Errorf("the tries were %v", inner.attempts)
				}
			})
		})
	}
}

// 35, 37: what is tried again, class by class, is what the table says.
func TestRetryRules(t *testing.T) {
	for _, rule := range driver.RetryRules() {
		err := &dockerhv.Error{Op: "do", Class: rule.Class}
		if rule.Name != dockerhv.Outcome(err) || rule.Why == "" || driver.Retryable(err) != rule.Retry {
			t.Errorf("the rule %+v is of %q, and Retryable says %t", rule, dockerhv.Outcome(err), driver.Retryable(err))
		}
		synctest.Test(t, func(t *testing.T) {
			inner := &flaky{errs: []error{err}}
			got := driver.Retrying(inner, driver.RetryOptions{}).Start(t.Context(), "i1")
			if tries := len(inner.attempts); rule.Retry != (got == nil) || rule.Retry != (tries == 2) {
				t.Errorf("%s: after %d tries %v", rule.Name, tries, got)
			}
		})
	}
	if driver.Retryable(nil) || driver.Retryable(errors.New("of no class")) {
		t.Error("what is no error, or of no class, is tried again")
	}
}

// 35: the pauses are random between zero and a bound that doubles up to a cap.
func TestRetryingRestsAtRandom(t *testing.T) {
	bounds := []int{100, 200, 400, 800, 1000, 1000, 1000} // milliseconds
	longest := make([]time.Duration, len(bounds))
	shortest := time.Hour
	for range 200 {
		synctest.Test(t, func(t *testing.T) {
			n := 0
			inner := &flaky{}
			for range len(bounds) + 1 {
				inner.errs = append(inner.errs, away())
			}
			_ = driver.Retrying(inner, driver.RetryOptions{
				Tries: len(bounds) + 1, Cap: time.Second, Budget: time.Hour,
				Told: func(_ context.Context, r driver.Retry) {
					if r.Operation != "start instance" || r.ID != "i1" || r.Attempt != n+1 || !errors.Is(r.Err, dockerhv.ErrUnavailable) {
						t.Errorf("told %+v", r)
					}
					longest[n], shortest = max(longest[n], r.Pause), min(shortest, r.Pause)
					n++
				},
			}).Start(t.Context(), "i1")
			if n != len(bounds) {
				t.Errorf("told %d times", n)
			}
		})
	}
	for n, milliseconds := range bounds {
		bound := time.Duration(milliseconds) * time.Millisecond
		if longest[n] > bound || longest[n] < bound*3/4 {
			t.Errorf("pause %d was at most %v, want nearly %v", n+1, longest[n], bound)
		}
	}
	if shortest > 10*time.Millisecond {
		t.Errorf("no pause was shorter than %v", shortest)
	}
}

// 35: the tries and the time for them are bounded; the error says how often it was tried.
func TestRetryingGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		inner := &flaky{}
		for range 1000 {
			inner.errs = append(inner.errs, away())
		}
		err := driver.Retrying(inner, driver.RetryOptions{}).Start(t.Context(), "i1")
		if want := "start instance i1: it is away (tried 5 times)"; err == nil || err.Error() != want || !errors.Is(err, dockerhv.ErrUnavailable) {
			t.Errorf("got %v, want %s", err, want)
		}
		begun := time.Now()
		err = driver.Retrying(inner, driver.RetryOptions{Tries: 900, Budget: 20 * time.Second}).Start(t.Context(), "i1")
		if took := time.Since(begun); err == nil || took > 20*time.Second || took < 10*time.Second {
			t.Errorf("after %v: %v", took, err)
		}
	})
}

// 1, 35: who gives up while it rests gets the context's error, and the last try's text.
func TestRetryingIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		inner := &flaky{errs: []error{away(), away(), away()}}
		err := driver.Retrying(inner, driver.RetryOptions{Base: time.Hour, Cap: time.Hour, Budget: 3 * time.Hour}).Start(ctx, "i1")
		if !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, dockerhv.ErrUnavailable) || !strings.Contains(err.Error(), "it is away") {
			t.Errorf("got %v", err)
		}
	})
}

// 37: a host that does not answer is tried again, but not while an instance may stop.
func TestRetryingOfWhatHangs(t *testing.T) {
	for name := range coreCalls(nil) {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			inner := &flaky{hang: true}
			opts := driver.RetryOptions{TryTimeout: time.Second, Tries: 3}
			err := coreCalls(driver.Retrying(inner, opts))[name](ctx)
			if name == "Stop" || name == "Restart" {
				if !errors.Is(err, context.DeadlineExceeded) || len(inner.attempts) != 1 {
					t.Errorf("%s: after %d tries %v", name, len(inner.attempts), err)
				}
				return
			}
			if !errors.Is(err, dockerhv.ErrUnavailable) || len(inner.attempts) != 3 || !strings.Contains(err.Error(), "within 1s") {
				t.Errorf("%s: after %d tries %v", name, len(inner.attempts), err)
			}
		})
	}
}
