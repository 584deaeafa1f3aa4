package tarfile_test

import (
	"bytes"
	"context"
	"io"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dockerhv/dockerhv/template"
	"github.com/dockerhv/dockerhv/template/tarfile"
)

func goroutines() int { return runtime.NumGoroutine() }

// recorder collects progress and watches over its rules.
type recorder struct {
	t       *testing.T
	busy    atomic.Bool
	over    atomic.Bool
	records []template.Progress
}

func (r *recorder) report(p template.Progress) {
	if !r.busy.CompareAndSwap(false, true) {
		r.t.Error("progress is reported concurrently")
	}
	defer r.busy.Store(false)
	if r.over.Load() {
		r.t.Error("progress is reported after Install returned")
	}
	r.records = append(r.records, p)
}

func TestProgress(t *testing.T) {
	content := zstdOf(t, busyboxArchive(t))
	size := int64(len(content))
	for name, test := range map[string]struct {
		source tarfile.Source
		phase  template.Phase
		item   string
		total  int64
	}{
		"path":   {tarfile.Source{Path: write(t, "box.tar", content)}, template.Loading, "box.tar", size},
		"url":    {serve(t, content), template.Downloading, "busybox.tar", size},
		"reader": {source(content), template.Loading, "archive", 0},
	} {
		t.Run(name, func(t *testing.T) {
			into := new(host)
			for _, cached := range []bool{false, true} {
				got := recorder{t: t}
				_, err := test.source.Install(t.Context(), into, template.InstallOptions{Progress: got.report})
				got.over.Store(true)
				if err != nil {
					t.Fatal(err)
				}
				reading := template.Progress{Item: test.item, Phase: test.phase, Total: test.total, Unit: template.Bytes}
				want := []template.Progress{reading, reading, {Item: test.item, Phase: template.Extracting}, {Item: test.item, Phase: template.Done}}
				want[1].Current = size
				if cached {
					want = append(want[:2], want[3])
				}
				if diff := cmp.Diff(want, got.records); diff != "" {
					t.Errorf("cached %t: records (-want +got):\n%s", cached, diff)
				}
			}
		})
	}
}

// TestProgressRate reads slowly, in many small pieces.
func TestProgressRate(t *testing.T) {
	content := busyboxArchive(t)
	got := recorder{t: t}
	s := tarfile.Source{Reader: func(context.Context) (io.ReadCloser, error) {
		return io.NopCloser(&slow{reader: bytes.NewReader(content)}), nil
	}}
	start := time.Now()
	if _, err := s.Install(t.Context(), new(host), template.InstallOptions{Progress: got.report}); err != nil {
		t.Fatal(err)
	}
	ticks := int(time.Since(start) / (100 * time.Millisecond))
	if n := len(got.records); n < 5 || n > ticks+4 {
		t.Errorf("%d records in %v", n, time.Since(start))
	}
	last := int64(-1)
	for _, p := range got.records {
		if p.Phase == template.Loading {
			if p.Current <= last {
				t.Errorf("%d after %d", p.Current, last)
			}
			last = p.Current
		}
	}
	if last != int64(len(content)) {
		t.Errorf("the last record is of %d bytes, want %d", last, len(content))
	}
}

type slow struct{ reader io.Reader }

func (s *slow) Read(p []byte) (int, error) {
	time.Sleep(2 * time.Millisecond)
	return s.reader.Read(p[:min(len(p), 64)])
}
