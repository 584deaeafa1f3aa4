package progress_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dockerhv/dockerhv/template"
	"github.com/dockerhv/dockerhv/template/progress"
)

// TestTerminalClose: what was not drawn yet is, and what is not done says so.
func TestTerminalClose(t *testing.T) {
	s := onScreen(t, 80, 24, func(_ *screen, bars *progress.Terminal) {
		bars.Report(template.Progress{Item: "quick", Phase: template.Done})
		bars.Report(bytes("failed", template.Loading, 3, 4))
	})
	shows(t, s,
		"✓ quick  done in 0.0s",
		"✗ failed ended while loading at 75% after 0.0s")
	if frames := s.count(); frames != 1 {
		t.Errorf("it took %d frames, want one", frames)
	}
}

func TestTerminalSilent(t *testing.T) {
	s := onScreen(t, 80, 24, func(*screen, *progress.Terminal) {})
	if s.count() != 0 {
		t.Errorf("without a record, %q is written", s)
	}
}

// TestTerminalAfterClose: a late record starts nothing again.
func TestTerminalAfterClose(t *testing.T) {
	s := onScreen(t, 80, 24, func(_ *screen, bars *progress.Terminal) {
		if err := bars.Close(); err != nil {
			t.Error(err)
		}
		bars.Report(template.Progress{Item: "late", Phase: template.Done})
		pass(time.Second)
	})
	if s.count() != 0 {
		t.Errorf("after Close, %q is written", s)
	}
}

// TestTerminalTwice: an item that begins again after its end has a new bar.
func TestTerminalTwice(t *testing.T) {
	s := onScreen(t, 80, 24, func(_ *screen, bars *progress.Terminal) {
		for range 2 {
			bars.Report(template.Progress{Item: "a", Phase: template.Loading})
			pass(time.Second)
			bars.Report(template.Progress{Item: "a", Phase: template.Done})
		}
	})
	shows(t, s, "✓ a done in 1.0s", "✓ a done in 1.0s")
}

// TestTerminalError: the first error of writing is the one of Close, each time.
func TestTerminalError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &failing{}
		bars := progress.NewTerminal(w, nil)
		bars.Report(template.Progress{Item: "a", Phase: template.Resolving})
		pass(10 * time.Second)
		for range 2 {
			if err := bars.Close(); !errors.Is(err, errBroken) {
				t.Errorf("Close = %v, want %v", err, errBroken)
			}
		}
		if w.writes != 1 {
			t.Errorf("it was written %d times to a broken pipe", w.writes)
		}
	})
}

// TestTerminalConcurrent is for the race detector.
func TestTerminalConcurrent(t *testing.T) {
	s := newScreen(t, 80, 24)
	bars := progress.NewTerminal(s, s.size)
	var group sync.WaitGroup
	for i := range 4 {
		group.Go(func() {
			item := fmt.Sprint("item-", i)
			for n := range int64(1000) {
				bars.Report(bytes(item, template.Downloading, n, 1000))
			}
			bars.Report(template.Progress{Item: item, Phase: template.Done})
		})
	}
	group.Wait()
	for range 2 {
		group.Go(func() {
			if err := bars.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if got := strings.Count(s.String(), "✓"); got != 4 {
		t.Errorf("%d items are done, want 4:\n%s", got, s)
	}
}

var errBroken = errors.New("broken pipe")

// failing is a writer to which nothing can be written.
type failing struct{ writes int }

func (f *failing) Write([]byte) (int, error) {
	f.writes++
	return 0, errBroken
}
