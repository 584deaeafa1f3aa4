package docker_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

// entry is what must survive a copy.
type entry struct {
	Type           byte
	Name, Link     string
	Mode, UID, GID int64
	Content        string
}

var entries = []entry{
	{Type: tar.TypeDir, Name: "in/", Mode: 0o2750, UID: 7, GID: 8},
	{Type: tar.TypeReg, Name: "in/program", Mode: 0o4711, UID: 1234, GID: 5678, Content: "#!/bin/sh\n"},
	{Type: tar.TypeReg, Name: "in/secret", Mode: 0o600, Content: strings.Repeat("secret", 1000)},
	{Type: tar.TypeSymlink, Name: "in/z-link", Link: "/no/where", Mode: 0o777, UID: 9, GID: 9},
	{Type: tar.TypeReg, Name: "in/ä ö", Mode: 0o644, UID: 65534, GID: 65534},
}

func pack(t *testing.T, all []entry) []byte {
	t.Helper()
	var archive bytes.Buffer
	w := tar.NewWriter(&archive)
	for _, e := range all {
		header := tar.Header{
			Typeflag: e.Type, Name: e.Name, Linkname: e.Link, Mode: e.Mode,
			Uid: int(e.UID), Gid: int(e.GID), Size: int64(len(e.Content)), ModTime: time.Unix(1_600_000_000, 0),
		}
		if err := w.WriteHeader(&header); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, e.Content); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return archive.Bytes()
}

func unpack(t *testing.T, archive io.Reader) map[string]entry {
	t.Helper()
	all := make(map[string]entry)
	for r := tar.NewReader(archive); ; {
		header, err := r.Next()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if header.Typeflag == tar.TypeReg && header.ModTime.Unix() != 1_600_000_000 {
			t.Errorf("%s is of %v", header.Name, header.ModTime)
		}
		all[header.Name] = entry{
			Type: header.Typeflag, Name: header.Name, Link: header.Linkname, Mode: header.Mode & 0o7777,
			UID: int64(header.Uid), GID: int64(header.Gid), Content: string(content),
		}
	}
}

func zipped(t *testing.T, content []byte) []byte {
	t.Helper()
	var archive bytes.Buffer
	w := gzip.NewWriter(&archive)
	_, err := w.Write(content)
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return archive.Bytes()
}

// 103: modes and owners survive the way in and out, of what is at rest and of what
// runs, also where the instance has a user of its own.
func TestCopyInAndOut(t *testing.T) {
	d := open(t, "copy")
	spec := sleeper("copy", busybox(t, d))
	spec.User = "nobody"
	create(t, d, spec)
	want := make(map[string]entry)
	for _, e := range entries {
		want[e.Name] = e
	}
	plain := pack(t, entries)
	for name, archive := range map[string][]byte{"plain": plain, "gzip": zipped(t, plain), "running": plain} {
		t.Run(name, func(t *testing.T) {
			if name == "running" {
				start(t, d, spec.ID)
			}
			if err := driver.CopyIn(t.Context(), d, spec.ID, "/tmp", bytes.NewReader(archive)); err != nil {
				t.Fatal(err)
			}
			out, err := driver.CopyOut(t.Context(), d, spec.ID, "/tmp/in")
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, unpack(t, out)); diff != "" {
				t.Errorf("in and out (-in +out):\n%s", diff)
			}
			if err := out.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	link, err := d.CopyOut(t.Context(), spec.ID, "/tmp/in/z-link")
	if err != nil {
		t.Fatal(err)
	}
	if got := unpack(t, link)["z-link"]; got.Link != "/no/where" {
		t.Errorf("a symbolic link comes as %+v", got)
	}
	if err := link.Close(); err != nil {
		t.Error(err)
	}
	var inside strings.Builder
	_, err = d.Exec(t.Context(), spec.ID, driver.Command{
		Args: []string{"stat", "-c", "%a %u %g", "/tmp/in/program"}, User: "root", Stdout: &inside,
	})
	if err != nil || inside.String() != "4711 1234 5678\n" {
		t.Errorf("inside it is %q, %v", inside.String(), err)
	}
}

func TestCopyRefuses(t *testing.T) {
	d := open(t, "copybad")
	spec := sleeper("copybad", busybox(t, d))
	archive := pack(t, entries)
	copyIn := func(d driver.Driver, folder string, archive io.Reader) error {
		return driver.CopyIn(t.Context(), d, spec.ID, folder, archive)
	}
	copyOut := func(d driver.Driver, path string) error {
		_, err := driver.CopyOut(t.Context(), d, spec.ID, path)
		return err
	}
	wantError(t, copyIn(d, "/tmp", bytes.NewReader(archive)), dockerhv.ErrNotFound)
	wantError(t, copyOut(d, "/tmp"), dockerhv.ErrNotFound)
	create(t, d, spec)
	for _, path := range []string{"", "tmp", "../tmp", "/tmp\x00"} {
		for _, err := range []error{copyIn(d, path, bytes.NewReader(archive)), copyOut(d, path)} {
			wantError(t, err, dockerhv.ErrInvalid)
			if _, ok := errors.AsType[*dockerhv.FieldError](err); !ok {
				t.Errorf("%v names no field", err)
			}
		}
	}
	for _, err := range []error{copyIn(d, "/no/folder", bytes.NewReader(archive)), copyOut(d, "/no/folder")} {
		wantError(t, err, dockerhv.ErrNotFound)
		if !strings.Contains(err.Error(), "/no/folder") {
			t.Errorf("%v does not name the path", err)
		}
	}
	wantError(t, copyIn(d, "/etc/passwd", bytes.NewReader(archive)), dockerhv.ErrInvalid)
	wantError(t, copyIn(d, "/tmp", bytes.NewReader(archive[:1000])), dockerhv.ErrIntegrity)
	wantError(t, copyIn(d, "/tmp", strings.NewReader(strings.Repeat("no archive ", 1000))), dockerhv.ErrIntegrity)
	for _, err := range []error{copyIn(open(t, "copyother"), "/tmp", bytes.NewReader(archive)), copyOut(open(t, "copyother"), "/tmp")} {
		wantError(t, err, dockerhv.ErrNotFound) // another owner's
	}
	broken := errors.New("broken")
	err := copyIn(d, "/tmp", io.MultiReader(bytes.NewReader(archive[:600]), failing{broken}))
	wantError(t, err, broken)
	if errors.Is(err, dockerhv.ErrUnavailable) || errors.Is(err, dockerhv.ErrFailed) {
		t.Errorf("the host is blamed: %v", err)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// endless is an archive of one file that never ends.
type endless struct{ header io.Reader }

func (e endless) Read(p []byte) (int, error) {
	if n, _ := e.header.Read(p); n > 0 {
		return n, nil
	}
	time.Sleep(time.Millisecond)
	return len(p), nil
}

// 103: a copy that is cancelled returns soon, whatever the other side does, and
// leaves nothing.
func TestCopyCancelled(t *testing.T) {
	d := open(t, "copyend")
	spec := sleeper("copyend", busybox(t, d))
	create(t, d, spec)
	if err := d.CopyIn(t.Context(), spec.ID, "/tmp", bytes.NewReader(pack(t, entries))); err != nil {
		t.Fatal(err)
	}
	before := goroutines()
	var header bytes.Buffer
	if err := tar.NewWriter(&header).WriteHeader(&tar.Header{Name: "big", Mode: 0o600, Size: 1 << 40}); err != nil {
		t.Fatal(err)
	}
	blocked, unblock := io.Pipe()
	for name, archive := range map[string]io.Reader{"endless": endless{&header}, "blocked": blocked} {
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		begun := time.Now()
		wantError(t, d.CopyIn(ctx, spec.ID, "/tmp", archive), context.DeadlineExceeded)
		if took := time.Since(begun); took > time.Second {
			t.Errorf("%s: it took %v", name, took)
		}
		cancel()
	}
	_ = unblock.Close()

	ctx, cancel := context.WithCancel(t.Context())
	out, err := d.CopyOut(ctx, spec.ID, "/bin")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(out, make([]byte, 100)); err != nil {
		t.Fatal(err)
	}
	cancel()
	_, err = io.Copy(io.Discard, out)
	wantError(t, err, context.Canceled)
	_ = out.Close()
	out, err = d.CopyOut(t.Context(), spec.ID, "/bin") // closed in the middle
	if err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Error(err)
	}
	noMoreGoroutines(t, before+2) // of a connection that is kept for later
}
