package tarfile_test

import (
	"context"
	"io"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/dockerhv/dockerhv/template"
	"github.com/dockerhv/dockerhv/template/tarfile"
)

// sharing is a store on which installations are shared, as on an engine's.
type sharing struct {
	host
	template.Flights
}

// TestShared installs one archive 50 times at once: it is opened and sent once.
func TestShared(t *testing.T) {
	content := busyboxArchive(t)
	for place, s := range places(t, content) {
		t.Run(place, func(t *testing.T) {
			var into sharing
			gate := make(chan struct{})
			into.onLoaded = func(context.Context) error { <-gate; return nil }
			s.Checksum = template.Checksum{Hex: sumOf(content)}
			var wg sync.WaitGroup
			for range 50 {
				wg.Go(func() {
					got, err := s.Install(t.Context(), &into, template.InstallOptions{})
					if err != nil || got.ID != busybox().id() {
						t.Errorf("got %+v, %v", got, err)
					}
				})
			}
			close(gate)
			wg.Wait()
			if len(into.loads) != 1 {
				t.Errorf("%d loads, want one", len(into.loads))
			}
		})
	}
}

// TestSharedCancel lets each of two callers give up: the first alone, which ends
// nothing, and then the last, who leaves nothing behind.
func TestSharedCancel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		content := busyboxArchive(t)
		opened := 0
		s := tarfile.Source{
			Checksum: template.Checksum{Hex: sumOf(content)},
			Reader: func(ctx context.Context) (io.ReadCloser, error) {
				opened++
				return io.NopCloser(until{ctx}), nil
			},
		}
		var into sharing
		var cancels []context.CancelFunc
		var results []chan error
		for range 2 {
			ctx, cancel := context.WithCancel(t.Context())
			result := make(chan error, 1)
			go func() {
				_, err := s.Install(ctx, &into, template.InstallOptions{})
				result <- err
			}()
			cancels, results = append(cancels, cancel), append(results, result)
		}
		synctest.Wait()
		cancels[0]()
		wantError(t, <-results[0], context.Canceled)
		synctest.Wait()
		select {
		case err := <-results[1]:
			t.Fatalf("the other one ended, too: %v", err)
		default:
		}
		cancels[1]()
		wantError(t, <-results[1], context.Canceled)
		into.wantEmpty(t)
		if opened != 1 {
			t.Errorf("opened %d times", opened)
		}
	})
}

// TestSharedNot keeps apart what would not come to the same end.
func TestSharedNot(t *testing.T) {
	one, two := busyboxArchive(t), archive(t, []image{{layers: []string{"two"}}})
	var into sharing
	var wg sync.WaitGroup
	for _, content := range [][]byte{one, two, one} { // readers without a checksum can be of anything
		wg.Go(func() {
			if _, err := source(content).Install(t.Context(), &into, template.InstallOptions{}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if len(into.loads) != 3 {
		t.Errorf("%d loads, want 3", len(into.loads))
	}
}
