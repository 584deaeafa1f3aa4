package progress_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dockerhv/dockerhv/template"
	"github.com/dockerhv/dockerhv/template/progress"
)

// TestTerminalFrequency: a thousand records a second are ten frames, and silence
// is one, to show that time passes; when nothing is left, there are none.
func TestTerminalFrequency(t *testing.T) {
	onScreen(t, 80, 24, func(s *screen, bars *progress.Terminal) {
		for i := range int64(1000) {
			bars.Report(bytes("busy", template.Downloading, i, 1000))
			time.Sleep(time.Millisecond)
		}
		synctest.Wait()
		if frames := s.count(); frames != 10 {
			t.Errorf("a busy second had %d frames, want 10", frames)
		}
		pass(10 * time.Second)
		if frames := s.count(); frames != 10 {
			t.Errorf("ten seconds of silence had %d frames, want 10", frames)
		}
		bars.Report(template.Progress{Item: "busy", Phase: template.Done})
		pass(frame)
		s.count()
		pass(time.Minute)
		if frames := s.count(); frames != 0 {
			t.Errorf("a minute after the end had %d frames", frames)
		}
	})
}

// TestTerminalRate: a rate follows what happens, down to nothing.
func TestTerminalRate(t *testing.T) {
	onScreen(t, 80, 24, func(s *screen, bars *progress.Terminal) {
		expect := func(part string) {
			t.Helper()
			if !strings.Contains(s.String(), part) {
				t.Errorf("%q is not in %q", part, s)
			}
		}
		for i := range int64(10) {
			bars.Report(bytes("a", template.Downloading, i*megabyte, 100*megabyte))
			pass(time.Second)
		}
		expect("1.00MB/s") // 9 MB in 9 s, seen a second later
		expect("eta 1m3")
		pass(10 * time.Second)
		expect("    0B/s")
		bars.Report(bytes("a", template.Loading, 50*megabyte, 100*megabyte))
		pass(time.Second)
		expect("    0B/s") // not the rate of the phase before
	})
}
