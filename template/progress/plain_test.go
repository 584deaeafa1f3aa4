package progress_test

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dockerhv/dockerhv/template"
	"github.com/dockerhv/dockerhv/template/progress"
)

// plainly runs a scene and returns the lines that were written.
func plainly(t *testing.T, scene func(lines *progress.Plain)) []string {
	t.Helper()
	var out strings.Builder
	synctest.Test(t, func(*testing.T) {
		lines := progress.NewPlain(&out)
		scene(lines)
		if err := lines.Close(); err != nil {
			t.Errorf("Close = %v", err)
		}
	})
	written := strings.Split(out.String(), "\n")
	if last := len(written) - 1; written[last] != "" {
		t.Errorf("the output does not end with a whole line: %q", written)
	}
	return written[:len(written)-1]
}

func TestPlain(t *testing.T) {
	got := plainly(t, func(lines *progress.Plain) {
		lines.Report(template.Progress{Item: "nginx:1.27", Phase: template.Resolving})
		lines.Report(template.Progress{Item: "nginx:1.27", Phase: template.Resolving, Detail: "says nothing that is new"})
		for i := range int64(26) { // every 2 % and 10 ms
			lines.Report(bytes("nginx:1.27", template.Downloading, i*624_000, 31.2*megabyte))
			time.Sleep(10 * time.Millisecond)
		}
		lines.Report(template.Progress{Item: "app", Phase: template.Building, Current: 1, Total: 100, Unit: template.Steps, Detail: "RUN make"})
		for i := range int64(12) { // every second
			lines.Report(bytes("rootfs", template.Loading, i*10*megabyte, 0))
			time.Sleep(time.Second)
		}
		lines.Report(template.Progress{Item: "app", Phase: template.Building, Current: 2, Total: 100, Unit: template.Steps, Detail: "RUN make install"})
		lines.Report(template.Progress{Item: "nginx:1.27", Phase: template.Done})
		lines.Report(template.Progress{Item: "cached", Phase: template.Done})
		lines.Report(template.Progress{Item: "without a phase"})
		lines.Report(template.Progress{Item: "nginx:1.27", Phase: template.Resolving})
		lines.Report(template.Progress{Item: "nginx:1.27", Phase: template.Done})
	})
	want := []string{
		"nginx:1.27: resolving",
		"nginx:1.27: downloading 0% (0B of 31.2MB)",
		"nginx:1.27: downloading 10% (3.12MB of 31.2MB)",
		"nginx:1.27: downloading 20% (6.24MB of 31.2MB)",
		"nginx:1.27: downloading 30% (9.36MB of 31.2MB)",
		"nginx:1.27: downloading 40% (12.5MB of 31.2MB)",
		"nginx:1.27: downloading 50% (15.6MB of 31.2MB)",
		"app: building 1% (1 of 100): RUN make",
		"rootfs: loading",
		"rootfs: loading (50.0MB)",
		"rootfs: loading (100MB)",
		"app: building 2% (2 of 100): RUN make install",
		"nginx:1.27: done in 12s",
		"cached: done in 0.0s",
		"without a phase",
		"nginx:1.27: resolving",
		"nginx:1.27: done in 0.0s",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
}

// TestPlainSizes: what a source counts is read in one look, even what it should
// never say.
func TestPlainSizes(t *testing.T) {
	tests := []struct {
		current, total int64
		unit           template.Unit
		want           string
	}{
		{0, 0, template.Bytes, ""},
		{-1, 0, template.Bytes, ""},
		{-1, -1, template.Bytes, ""},
		{1, 999, template.Bytes, " 0% (1B of 999B)"},
		{1000, 9994, template.Bytes, " 10% (1.00kB of 9.99kB)"},
		{9995, 99_949, template.Bytes, " 10% (10.0kB of 99.9kB)"},
		{99_950, 999_499, template.Bytes, " 10% (100kB of 999kB)"},
		{999_500, 1 << 40, template.Bytes, " 0% (1.00MB of 1.10TB)"},
		{1 << 62, 1<<63 - 1, template.Bytes, " 50% (4612PB of 9223PB)"},
		{5, 4, template.Bytes, " 100% (5B of 4B)"},
		{-5, 4, template.Bytes, " 0% (0B of 4B)"},
		{1999, 2000, template.Steps, " 99% (1999 of 2000)"},
		{7, 0, template.Steps, " (7)"},
		{7, 14, "", " 50% (7 of 14)"},
	}
	for _, tt := range tests {
		got := plainly(t, func(lines *progress.Plain) {
			lines.Report(template.Progress{Item: "i", Phase: "p", Current: tt.current, Total: tt.total, Unit: tt.unit})
		})
		if diff := cmp.Diff([]string{"i: p" + tt.want}, got); diff != "" {
			t.Errorf("%d of %d %s (-want +got):\n%s", tt.current, tt.total, tt.unit, diff)
		}
	}
}

func TestPlainDurations(t *testing.T) {
	for took, want := range map[time.Duration]string{
		0:                           "0.0s",
		40 * time.Millisecond:       "0.0s",
		3150 * time.Millisecond:     "3.1s",
		9999 * time.Millisecond:     "9.9s",
		10 * time.Second:            "10s",
		time.Minute - 1:             "59s",
		time.Minute:                 "1m00s",
		125 * time.Second:           "2m05s",
		time.Hour - 1:               "59m59s",
		time.Hour:                   "1h00m",
		25*time.Hour - time.Second:  "1d00h",
		51*time.Hour + time.Minute:  "2d03h",
		24*time.Hour - time.Second:  "23h59m",
		240*time.Hour + time.Minute: "10d00h",
	} {
		got := plainly(t, func(lines *progress.Plain) {
			lines.Report(template.Progress{Item: "i", Phase: "p"})
			time.Sleep(took)
			lines.Report(template.Progress{Item: "i", Phase: template.Done})
		})
		if last := got[len(got)-1]; last != "i: done in "+want {
			t.Errorf("after %v: %q, want %s", took, last, want)
		}
	}
}

// TestPlainDetail: a line stays short, however long the detail is.
func TestPlainDetail(t *testing.T) {
	got := plainly(t, func(lines *progress.Plain) {
		lines.Report(template.Progress{Item: "i", Phase: "p", Detail: strings.Repeat("漢", 1000)})
	})
	if want := "i: p: " + strings.Repeat("漢", 49) + "…"; len(got) != 1 || got[0] != want {
		t.Errorf("lines = %q, want %q", got, want)
	}
}

func TestPlainError(t *testing.T) {
	w := &failing{}
	lines := progress.NewPlain(w)
	lines.Report(template.Progress{Item: "a", Phase: template.Resolving})
	lines.Report(template.Progress{Item: "b", Phase: template.Resolving})
	if err := lines.Close(); !errors.Is(err, errBroken) || w.writes != 1 {
		t.Errorf("Close = %v after %d writes, want the first error", err, w.writes)
	}
}
