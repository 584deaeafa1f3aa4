package docker

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// 127, 128: so many at once and no more; one that hangs gives its slot up after a while.
func TestSlots(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSlots(2)
		hang := make(chan struct{})
		for range 2 {
			go func() {
				_ = s.in(t.Context(), func() error {
					<-hang
					return nil
				})
			}()
		}
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), slotBound/2)
		defer cancel()
		if err := s.in(ctx, func() error { return nil }); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a third call: %v", err)
		}
		begun := time.Now()
		if err := s.in(t.Context(), func() error { return nil }); err != nil || time.Since(begun) != slotBound/2 {
			t.Errorf("a third call: %v after %v", err, time.Since(begun))
		}
		close(hang)
		synctest.Wait()
		if len(s.free) != 2 {
			t.Errorf("%d slots are free", len(s.free))
		}
		for range 100 { // no bound
			free, err := newSlots(-1).take(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			free()
		}
	})
}
