//go:build unix

package filestore_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dockerhv/dockerhv/template/filestore"
)

// TestCutOff: whatever a crash leaves of the last line, all lines before it count, and
// the store goes on from there.
func TestCutOff(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	save(t, s, put("a", "1"), put("b", "2"), put("a", `"the last change"`))
	_ = s.Close()
	whole, err := os.ReadFile(journal(dir))
	if err != nil {
		t.Fatal(err)
	}
	last := strings.LastIndex(strings.TrimSuffix(string(whole), "\n"), "\n") + 1
	var tails []string
	for n := last; n < len(whole); n++ {
		tails = append(tails, string(whole[last:n]))
		damaged := []byte(string(whole[last:]))
		damaged[n-last] ^= 0x20
		tails = append(tails, string(damaged))
	}
	tails = append(tails, strings.Repeat("\x00", len(whole)-last), "\n\n", "\x00\n\x00\n", "garbage\nof two lines\n")
	for _, tail := range tails {
		t.Run(fmt.Sprintf("%q", tail), func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(journal(dir), append(whole[:last:last], tail...), 0o600); err != nil {
				t.Fatal(err)
			}
			s := open(t, dir)
			want := records{"a": json.RawMessage("1"), "b": json.RawMessage("2")}
			wantRecords(t, s, want)
			save(t, s, put("c", "3"))
			_ = s.Close()
			want["c"] = json.RawMessage("3")
			wantRecords(t, open(t, dir), want)
		})
	}
}

// TestDamaged: a line that is damaged with others behind it is no crash's work, and
// nothing that was acknowledged is passed over silently.
func TestDamaged(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	save(t, s, put("a", "1"), put("b", "2"), put("c", "3"))
	_ = s.Close()
	whole, _ := os.ReadFile(journal(dir))
	last := strings.LastIndex(strings.TrimSuffix(string(whole), "\n"), "\n")
	for n := range last {
		damaged := []byte(string(whole))
		damaged[n] ^= 0x01
		if err := os.WriteFile(journal(dir), damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := filestore.Open(dir)
		if err == nil {
			_ = s.Close()
			t.Errorf("with the byte %d damaged, %q, it opens", n, damaged[n])
		}
	}
}

// disk is what a folder would have after a power failure: of each file what was
// synced, under the names that were synced.
type disk struct {
	dir    string
	synced map[uint64]string // content by inode
	names  map[string]uint64
	last   string // the step that is done when the next one is told of
	file   *os.File
}

// took notes what the step before this one has made durable.
func (d *disk) took(t *testing.T, step string, f *os.File) {
	switch d.last {
	case "sync":
		info, err := d.file.Stat()
		if err != nil {
			t.Fatal(err)
		}
		d.synced[inode(info)] = contentOf(t, d.dir, inode(info))
	case "sync folder":
		if _, err := os.Stat(d.dir); err != nil {
			break // it was the parent's
		}
		d.names = make(map[string]uint64)
		for _, entry := range list(t, d.dir) {
			d.names[entry.Name()] = inode(entry)
		}
	}
	d.last, d.file = step, f
}

// TestPowerFailure: after each step, a disk that has lost all that was not synced
// still has all that was acknowledged; and so has one that kept a part of the rest.
func TestPowerFailure(t *testing.T) {
	for name, before := range map[string]int{"in a new folder": 0, "where the journal is replaced": filestore.Slack + 20} {
		t.Run(name, func(t *testing.T) {
			dir, acked := filepath.Join(t.TempDir(), "folder"), before
			d := &disk{dir: dir, synced: make(map[uint64]string)}
			if before > 0 {
				fill(t, dir, before)
				d.syncAll(t)
			}
			check := func() {
				for _, kept := range []float64{0, 0.5, 1} {
					wantSurvivors(t, d.after(t, kept), acked)
				}
			}
			s, err := filestore.OpenStepping(dir, func(step string, f *os.File, _ []byte) {
				d.took(t, step, f)
				if d.names != nil {
					check()
				}
			})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			for range 6 {
				save(t, s, counted(acked+1))
				acked++
				d.took(t, "", nil)
				check()
			}
		})
	}
}

// syncAll makes durable what there is.
func (d *disk) syncAll(t *testing.T) {
	d.names = make(map[string]uint64)
	for _, entry := range list(t, d.dir) {
		d.names[entry.Name()] = inode(entry)
		d.synced[inode(entry)] = contentOf(t, d.dir, inode(entry))
	}
}

// after makes a folder of what the disk has, with a share of what was written and not
// synced.
func (d *disk) after(t *testing.T, share float64) string {
	dir := t.TempDir()
	for name, inode := range d.names {
		synced, written := d.synced[inode], contentOf(t, d.dir, inode)
		if rest, ok := strings.CutPrefix(written, synced); ok {
			synced += rest[:int(share*float64(len(rest)))]
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(synced), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// fill makes a folder whose journal has a line for each of some counted changes.
func fill(t *testing.T, dir string, changes int) {
	t.Helper()
	text := []byte("dockerhv-catalog 1\n")
	for n := 1; n <= changes; n++ {
		body, err := json.Marshal(counted(n))
		if err != nil {
			t.Fatal(err)
		}
		text = fmt.Appendf(text, "%08x %s\n", crc32.Checksum(body, crc32.MakeTable(crc32.Castagnoli)), body)
	}
	if err := errors.Join(os.MkdirAll(dir, 0o700), os.WriteFile(journal(dir), text, 0o600)); err != nil {
		t.Fatal(err)
	}
}

// counted is the n-th change: it counts one record up, and makes one that stays.
func counted(n int) records {
	return records{"count": json.RawMessage(fmt.Sprint(n)), fmt.Sprint("k", n%10): json.RawMessage(fmt.Sprint(n))}
}

// wantSurvivors opens a folder that some counted changes were acknowledged in: it has
// those, and perhaps one more, whole.
func wantSurvivors(t *testing.T, dir string, acked int) {
	t.Helper()
	s, err := filestore.Open(dir)
	if err != nil {
		t.Fatalf("with %d acknowledged, Open = %v", acked, err)
	}
	defer s.Close()
	got, err := s.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	if count, ok := got["count"]; ok {
		if err := json.Unmarshal(count, &n); err != nil {
			t.Fatal(err)
		}
	}
	if n != acked && n != acked+1 {
		t.Fatalf("%d were acknowledged, and it has %d", acked, n)
	}
	for i := max(1, n-9); i <= n; i++ {
		if have := string(got[fmt.Sprint("k", i%10)]); have != fmt.Sprint(i) {
			t.Fatalf("of %d changes, number %d is %q", n, i, have)
		}
	}
}

// contentOf reads the file of an inode, whatever its name is now.
func contentOf(t *testing.T, dir string, number uint64) string {
	for _, entry := range list(t, dir) {
		if inode(entry) == number {
			content, err := os.ReadFile(filepath.Join(dir, entry.Name()))
			if err != nil {
				t.Fatal(err)
			}
			return string(content)
		}
	}
	return ""
}

func list(t *testing.T, dir string) []os.FileInfo {
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var all []os.FileInfo
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, info)
	}
	return all
}

// TestFailedStep: whichever step fails, the change is not acknowledged, and the next
// one does not build on what is left of it.
func TestFailedStep(t *testing.T) {
	for _, tt := range []struct {
		step string
		fail func(dir string, f *os.File, data []byte)
		mend func(dir string)
	}{
		{step: "write", fail: func(_ string, f *os.File, data []byte) {
			_, _ = f.Write(data[:len(data)/2])
			_ = f.Close()
		}},
		{step: "sync", fail: func(_ string, f *os.File, _ []byte) { _ = f.Close() }},
		{step: "rename", fail: func(dir string, _ *os.File, _ []byte) { _ = os.Remove(journal(dir) + ".new") }},
		{
			step: "create", fail: func(dir string, _ *os.File, _ []byte) { _ = os.Mkdir(journal(dir)+".new", 0o700) },
			mend: func(dir string) { _ = os.Remove(journal(dir) + ".new") },
		},
		{
			step: "sync folder", fail: func(dir string, _ *os.File, _ []byte) { _ = os.Rename(dir, dir+"-away") },
			mend: func(dir string) { _ = os.Rename(dir+"-away", dir) },
		},
	} {
		for name, before := range map[string]int{"appending": 1, "replacing": filestore.Slack + 22} {
			t.Run(tt.step+" "+name, func(t *testing.T) {
				dir, armed, failed := filepath.Join(t.TempDir(), "folder"), false, false
				fill(t, dir, before)
				s, err := filestore.OpenStepping(dir, func(step string, f *os.File, data []byte) {
					if armed && step == tt.step {
						armed, failed = false, true
						tt.fail(dir, f, data)
					}
				})
				if err != nil {
					t.Fatal(err)
				}
				defer s.Close()
				// One line more makes the journal wasteful.
				save(t, s, counted(before+1))
				armed = true
				err = s.Save(t.Context(), counted(before+2))
				if !failed {
					if name == "replacing" {
						t.Errorf("there was no such step: %v", err)
					}
					return // to append takes no such step
				}
				if got, _ := s.Load(t.Context()); err == nil || string(got["count"]) != fmt.Sprint(before+1) {
					t.Errorf("Save = %v, and the store has %s", err, got["count"])
				}
				if tt.mend != nil {
					tt.mend(dir)
				} else if entries := list(t, dir); len(entries) != 2 {
					t.Errorf("the failed step left %d files", len(entries))
				}
				save(t, s, put("other", "1"))
				save(t, s, put("other", "2"))
				_ = s.Close()
				wantSurvivors(t, dir, before+1)
				if entries := list(t, dir); len(entries) != 2 {
					t.Errorf("the folder has %d files, want the journal and the lock", len(entries))
				}
			})
		}
	}
}
