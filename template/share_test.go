package template_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dockerhv/dockerhv/template"
)

// shared is a store that shares.
type shared struct {
	store
	template.Flights
}

// fly lets somebody ask for an installation, and returns where its error will be.
func fly(ctx context.Context, s template.ImageStore, key string, install template.Installer) <-chan error {
	done := make(chan error, 1)
	go func() {
		image, err := template.Share(ctx, s, key, template.InstallOptions{}, install)
		if err == nil && image.ID != key {
			err = errors.New("the image is " + image.ID)
		}
		done <- err
	}()
	return done
}

// 55: N concurrent installations are one, and all get its result.
func TestShare(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s shared
		var runs atomic.Int32
		install := func(context.Context, template.InstallOptions) (template.Image, error) {
			runs.Add(1)
			time.Sleep(time.Second)
			return template.Image{ID: "a"}, nil
		}
		for range 2 { // the second time it is done anew
			var all []<-chan error
			for range 50 {
				all = append(all, fly(t.Context(), &s, "a", install))
			}
			for _, done := range all {
				if err := <-done; err != nil {
					t.Error(err)
				}
			}
		}
		if n := runs.Load(); n != 2 {
			t.Errorf("ran %d times, want twice", n)
		}
	})
}

// A key is one installation's alone, and the empty one nobody's; a store that shares
// nothing runs all.
func TestShareNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var runs atomic.Int32
		var s shared
		ask := func(s template.ImageStore, key string) <-chan error {
			return fly(t.Context(), s, key, func(context.Context, template.InstallOptions) (template.Image, error) {
				runs.Add(1)
				time.Sleep(time.Second)
				return template.Image{ID: key}, nil
			})
		}
		all := []<-chan error{ask(&s, "a"), ask(&s, "b"), ask(&s, ""), ask(&s, ""), ask(store{}, "a"), ask(store{}, "a")}
		for _, done := range all {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		if n := runs.Load(); int(n) != len(all) {
			t.Errorf("ran %d times, want %d", n, len(all))
		}
	})
}

// 56: one who gives up aborts nothing for others; when the last does, the work ends,
// with the same cause, and is cleaned up before that one returns and before it is
// begun anew.
func TestShareCancel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s shared
		var cleaned, again atomic.Bool
		start := time.Now()
		stuck := func(ctx context.Context, _ template.InstallOptions) (template.Image, error) {
			<-ctx.Done()
			time.Sleep(time.Minute) // cleaning up
			cleaned.Store(true)
			return template.Image{}, context.Cause(ctx)
		}
		first, cancel := context.WithCancel(t.Context())
		last, stop := context.WithTimeout(t.Context(), time.Hour)
		defer stop()
		one, two := fly(first, &s, "a", stuck), fly(last, &s, "a", stuck)
		synctest.Wait()
		cancel()
		if err := <-one; !errors.Is(err, context.Canceled) || time.Since(start) > 0 {
			t.Errorf("the first one ended after %v with %v", time.Since(start), err)
		}
		time.Sleep(time.Hour + time.Second)
		three := fly(t.Context(), &s, "a", func(context.Context, template.InstallOptions) (template.Image, error) {
			again.Store(cleaned.Load())
			return template.Image{ID: "a"}, nil
		})
		if err := <-two; !errors.Is(err, context.DeadlineExceeded) || !cleaned.Load() {
			t.Errorf("the last one ended with %v, cleaned up: %t", err, cleaned.Load())
		}
		if err := <-three; err != nil || !again.Load() {
			t.Errorf("the next one ended with %v, after cleaning up: %t", err, again.Load())
		}
	})
}

// An installation that succeeded although everybody has given up is a success.
func TestShareTooLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s shared
		ctx, cancel := context.WithCancel(t.Context())
		done := fly(ctx, &s, "a", func(ctx context.Context, _ template.InstallOptions) (template.Image, error) {
			<-ctx.Done()
			return template.Image{ID: "a"}, nil
		})
		synctest.Wait()
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if err := <-fly(ctx, &s, "a", nil); !errors.Is(err, context.Canceled) {
			t.Errorf("asked for after giving up: %v", err)
		}
	})
}

// One who is slow to hear delays nobody, and hears of each phase in the end.
func TestShareProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s shared
		report := func(phase template.Phase, current int64) template.Progress {
			return template.Progress{Item: "a", Phase: phase, Current: current}
		}
		sent := []template.Progress{
			report(template.Loading, 1), report(template.Loading, 2), report(template.Loading, 3), report(template.Extracting, 0), report(template.Done, 0),
		}
		install := func(_ context.Context, opts template.InstallOptions) (template.Image, error) {
			for _, p := range sent {
				time.Sleep(time.Second)
				opts.Progress(p)
			}
			return template.Image{ID: "a"}, nil
		}
		hear := func(delay time.Duration) <-chan []template.Progress {
			done := make(chan []template.Progress, 1)
			go func() {
				var heard []template.Progress
				opts := template.InstallOptions{Progress: func(p template.Progress) {
					time.Sleep(delay)
					heard = append(heard, p)
				}}
				if _, err := template.Share(t.Context(), &s, "a", opts, install); err != nil {
					t.Error(err)
				}
				done <- heard
			}()
			return done
		}
		start := time.Now()
		quick, slow := hear(0), hear(time.Minute)
		if diff := cmp.Diff(sent, <-quick); diff != "" || time.Since(start) > 10*time.Second {
			t.Errorf("after %v (-want +got):\n%s", time.Since(start), diff)
		}
		if diff := cmp.Diff(append(sent[:1:1], sent[2:]...), <-slow); diff != "" {
			t.Errorf("the slow one heard (-want +got):\n%s", diff)
		}
	})
}

func TestTraitsOf(t *testing.T) {
	if got, err := template.TraitsOf(t.Context(), store{}); got != (template.Traits{}) || err != nil {
		t.Errorf("of a store that tells none: %+v, %v", got, err)
	}
	want := template.Traits{Zstd: true}
	if got, err := template.TraitsOf(t.Context(), wrapper{described{}}); got != want || err != nil {
		t.Errorf("behind a wrapper: %+v, %v; want %+v", got, err, want)
	}
}

type described struct{ store }

func (described) Traits(context.Context) (template.Traits, error) {
	return template.Traits{Zstd: true}, nil
}
