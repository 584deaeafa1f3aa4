package progress_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dockerhv/dockerhv/template"
	"github.com/dockerhv/dockerhv/template/progress"
)

const megabyte = 1_000_000

// bytes is a record that counts bytes.
func bytes(item string, phase template.Phase, current, total int64) template.Progress {
	return template.Progress{Item: item, Phase: phase, Current: current, Total: total, Unit: template.Bytes}
}

// onScreen runs a scene on a terminal, in time that passes only when it is waited for.
func onScreen(t *testing.T, columns, rows int, scene func(s *screen, bars *progress.Terminal)) *screen {
	t.Helper()
	s := newScreen(t, columns, rows)
	synctest.Test(t, func(*testing.T) {
		bars := progress.NewTerminal(s, s.size)
		scene(s, bars)
		if err := bars.Close(); err != nil {
			t.Errorf("Close = %v", err)
		}
	})
	if s.wrapped {
		t.Error("a line was too long for the terminal")
	}
	return s
}

// pass lets time pass, and the terminal be drawn.
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func shows(t *testing.T, s *screen, want ...string) {
	t.Helper()
	if diff := cmp.Diff(strings.Join(append(want, ""), "\n"), s.String()); diff != "" {
		t.Errorf("the screen (-want +got):\n%s", diff)
	}
}

// TestTerminal follows a pull and a build from their first record to their last.
func TestTerminal(t *testing.T) {
	onScreen(t, 100, 24, func(s *screen, bars *progress.Terminal) {
		bars.Report(template.Progress{Item: "nginx:1.27", Phase: template.Resolving})
		pass(frame)
		shows(t, s,
			"  nginx:1.27 resolving                                                      0.1s")

		bars.Report(bytes("nginx:1.27", template.Downloading, 0, 31.2*megabyte))
		bars.Report(template.Progress{
			Item: "app", Phase: template.Building, Current: 3, Total: 12, Unit: template.Steps, Detail: "RUN make -j4 all install",
		})
		pass(time.Second)
		bars.Report(bytes("nginx:1.27", template.Downloading, 14.04*megabyte, 31.2*megabyte))
		pass(frame)
		shows(t, s,
			"  nginx:1.27 downloading [============>               ]  45% 14.0MB/31.2MB  1.2s 12.8MB/s eta 1.3s",
			"  app        building    [=======>                    ]  25%          3/12  1.1s RUN make -j4 all …")

		pass(900 * time.Millisecond)
		bars.Report(bytes("nginx:1.27", template.Downloading, 31.2*megabyte, 31.2*megabyte))
		pass(frame)
		shows(t, s,
			"  nginx:1.27 downloading [============================] 100% 31.2MB/31.2MB  2.2s 14.9MB/s",
			"  app        building    [=======>                    ]  25%          3/12  2.1s RUN make -j4 all …")

		bars.Report(bytes("nginx:1.27", template.Extracting, 0, 0))
		bars.Report(template.Progress{Item: "nginx:1.27", Phase: template.Done})
		pass(frame)
		shows(t, s,
			"✓ nginx:1.27 done in 2.2s",
			"  app        building    [=======>                    ]  25%          3/12  2.2s RUN make -j4 all …")

		bars.Report(template.Progress{Item: "app", Phase: template.Done})
		pass(frame)
		shows(t, s,
			"✓ nginx:1.27 done in 2.2s",
			"✓ app done in 2.2s")
	})
}

// frame is how long a record takes to the screen at most.
const frame = 100 * time.Millisecond

// TestTerminalSize narrows the terminal: fields are left out, and no line wraps.
func TestTerminalSize(t *testing.T) {
	for columns, want := range map[int]string{
		200: "  a-name downloading [==============>             ]  50% 10.0MB/20.0MB  1.0s 10.0MB/s eta 1.0s",
		80:  "  a-name downloading [======>     ]  50% 10.0MB/20.0MB  1.0s 10.0MB/s eta 1.0s",
		79:  "  a-name downloading [=====>     ]  50% 10.0MB/20.0MB  1.0s 10.0MB/s eta 1.0s",
		70:  "  a-name downloading [=====>     ]  50% 10.0MB/20.0MB  1.0s eta 1.0s",
		60:  "  a-name downloading [=====>     ]  50% 10.0MB/20.0MB  1.0s",
		50:  "  a-name downloading  50% 10.0MB/20.0MB  1.0s",
		30:  "  a-name downloading  50% 10…",
		12:  "  a-name d…",
		2:   "…",
		1:   "…",
	} {
		t.Run(fmt.Sprint(columns), func(t *testing.T) {
			s := newScreen(t, columns, 24)
			synctest.Test(t, func(*testing.T) {
				bars := progress.NewTerminal(s, s.size)
				bars.Report(bytes("a-name", template.Downloading, 0, 20*megabyte))
				pass(950 * time.Millisecond)
				bars.Report(bytes("a-name", template.Downloading, 10*megabyte, 20*megabyte))
				pass(50 * time.Millisecond)
				shows(t, s, want)
				_ = bars.Close()
			})
			if s.wrapped {
				t.Error("a line was too long for the terminal")
			}
		})
	}
}

// TestTerminalWide: texts that take two columns a letter, or none, fit as well.
func TestTerminalWide(t *testing.T) {
	onScreen(t, 40, 24, func(s *screen, bars *progress.Terminal) {
		bars.Report(template.Progress{Item: "漢字漢字漢字漢字漢字", Phase: template.Resolving, Detail: "é漢"})
		bars.Report(template.Progress{Item: "e\u0301te\u0301", Phase: template.Resolving})
		pass(frame)
		shows(t, s,
			"  漢字漢字漢字… resolving             …",
			"  e\u0301te\u0301           resolving             …")
	})
}

// TestTerminalRows: more bars than the terminal has rows are counted, for what
// has scrolled off can't be drawn over.
func TestTerminalRows(t *testing.T) {
	s := onScreen(t, 60, 4, func(s *screen, bars *progress.Terminal) {
		for i := range 5 {
			bars.Report(template.Progress{Item: fmt.Sprint("item-", i), Phase: template.Resolving})
		}
		pass(frame)
		shows(t, s,
			"  item-0 resolving                                     0.1s",
			"  item-1 resolving                                     0.1s",
			"  … and 3 more")
		bars.Report(template.Progress{Item: "item-1", Phase: template.Done})
		pass(2 * time.Second)
		shows(t, s,
			"✓ item-1 done in 0.1s",
			"  item-0 resolving                                     1.2s",
			"  item-2 resolving                                     1.2s",
			"  … and 2 more")
	})
	shows(t, s,
		"✓ item-1 done in 0.1s",
		"✗ item-0 ended while resolving after 2.1s",
		"✗ item-2 ended while resolving after 2.1s",
		"✗ item-3 ended while resolving after 2.1s",
		"✗ item-4 ended while resolving after 2.1s")
}

// TestTerminalShrinks: of a frame that is longer than the next nothing remains.
func TestTerminalShrinks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScreen(t, 60, 24)
		rows := 24
		var mu sync.Mutex
		bars := progress.NewTerminal(s, func() (int, int) {
			mu.Lock()
			defer mu.Unlock()
			return 60, rows
		})
		for i := range 4 {
			bars.Report(template.Progress{Item: fmt.Sprint("item-", i), Phase: template.Resolving})
		}
		pass(frame)
		mu.Lock()
		rows = 3
		mu.Unlock()
		pass(time.Second)
		shows(t, s,
			"  item-0 resolving                                     1.1s",
			"  … and 3 more")
		if err := bars.Close(); err != nil {
			t.Error(err)
		}
	})
}
