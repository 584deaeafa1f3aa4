package drivertest

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"strings"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

var copyRules = group{name: "Copy", needs: Copier, rules: []rule{
	{"brings back what it took in, with modes and owners", about(103), copyRoundTrip, ""},
	{"takes in a compressed archive", about(103), copyGzip, ""},
	{"works at rest, and the command finds the files", about(103), copyAtRest, ""},
	{"brings out one file, by its own name", about(103), copyFile, ""},
	{"replaces what is there", about(103), copyTwice, ""},
	{"streams what is large", about(103), copyLarge, ""},
	{"of a path that is not there is ErrNotFound", about(103), copyAbsent, ""},
	{"of an archive that breaks off is an error", about(103), copyBroken, ""},
	{"shares no files between instances", about(103), copyApart, ""},
}}

// entry is a file or folder of an archive.
type entry struct {
	Name     string
	Mode     int64
	UID, GID int
	Link     string
	Content  string
}

// tree is an archive to copy in. Its names begin with the folder's, as those do
// that come out.
var tree = []entry{
	{Name: "data/", Mode: 0o750, UID: 12, GID: 34},
	{Name: "data/empty", Mode: 0o600},
	{Name: "data/link", Mode: 0o777, Link: "text"},
	{Name: "data/run", Mode: 0o755, UID: 1000, GID: 1000, Content: "#!/bin/sh\n"},
	{Name: "data/sub/", Mode: 0o700},
	{Name: "data/sub/text", Mode: 0o644, Content: "nested"},
	{Name: "data/text", Mode: 0o640, UID: 12, GID: 34, Content: "hello\nworld\n"},
}

// pack makes an archive.
func pack(t *trial, entries []entry) []byte {
	t.Helper()
	var archive bytes.Buffer
	w := tar.NewWriter(&archive)
	for _, e := range entries {
		h := tar.Header{Name: e.Name, Mode: e.Mode, Uid: e.UID, Gid: e.GID, Size: int64(len(e.Content)), Typeflag: tar.TypeReg}
		switch {
		case strings.HasSuffix(e.Name, "/"):
			h.Typeflag = tar.TypeDir
		case e.Link != "":
			h.Typeflag, h.Linkname = tar.TypeSymlink, e.Link
		}
		t.must(w.WriteHeader(&h))
		_, err := io.WriteString(w, e.Content)
		t.must(err)
	}
	t.must(w.Close())
	return archive.Bytes()
}

// unpack lists an archive, ordered as it is.
func unpack(t *trial, archive io.Reader) []entry {
	t.Helper()
	var entries []entry
	for r := tar.NewReader(archive); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return entries
		}
		t.must(err)
		content, err := io.ReadAll(r)
		t.must(err)
		entries = append(entries, entry{h.Name, h.Mode & 0o7777, h.Uid, h.Gid, h.Linkname, string(content)})
	}
}

func (t *trial) copyIn(id, folder string, archive []byte) {
	t.Helper()
	t.must(driver.CopyIn(t.Context(), t.driver, id, folder, bytes.NewReader(archive)))
}

func (t *trial) copyOut(id, path string) []entry {
	t.Helper()
	out, err := driver.CopyOut(t.Context(), t.driver, id, path)
	t.must(err)
	defer func() { t.must(out.Close()) }()
	return unpack(t, out)
}

// byName indexes entries, as the order in a folder is the host's choice.
func byName(entries []entry) map[string]entry {
	index := make(map[string]entry, len(entries))
	for _, e := range entries {
		index[e.Name] = e
	}
	return index
}

func copyRoundTrip(t *trial) {
	t.serve("i1")
	t.copyIn("i1", "/tmp", pack(t, tree))
	t.same("what comes out", byName(tree), byName(t.copyOut("i1", "/tmp/data")))
	t.same("a folder of it", byName([]entry{
		{Name: "sub/", Mode: 0o700}, {Name: "sub/text", Mode: 0o644, Content: "nested"},
	}), byName(t.copyOut("i1", "/tmp/data/sub")))
}

func copyGzip(t *trial) {
	t.create(t.server("i1"))
	var compressed bytes.Buffer
	w := gzip.NewWriter(&compressed)
	_, err := w.Write(pack(t, tree))
	t.must(errors.Join(err, w.Close()))
	t.copyIn("i1", "/tmp", compressed.Bytes())
	t.same("what comes out", byName(tree), byName(t.copyOut("i1", "/tmp/data")))
}

func copyAtRest(t *trial) {
	if t.config.Workload.Read == nil {
		t.Skip("the workload reads no files")
	}
	t.create(t.spec("i1", t.config.Workload.Read("/tmp/data/text")))
	t.copyIn("i1", "/tmp", pack(t, tree))
	t.start("i1")
	t.ended("i1")
	if LogReader.has(t.driver) {
		t.same("what the command reads", []string{"hello", "world"}, texts(t.lines("i1", driver.LogOptions{}), driver.Stdout))
	}
	t.same("what comes out after the end", byName(tree), byName(t.copyOut("i1", "/tmp/data")))
}

func copyFile(t *trial) {
	t.create(t.server("i1"))
	t.copyIn("i1", "/tmp", pack(t, tree))
	want := []entry{{Name: "text", Mode: 0o640, UID: 12, GID: 34, Content: "hello\nworld\n"}}
	t.same("the file", want, t.copyOut("i1", "/tmp/data/text"))
}

func copyTwice(t *trial) {
	t.create(t.server("twice"))
	t.copyIn("twice", "/tmp", pack(t, tree))
	t.copyIn("twice", "/tmp/data", pack(t, []entry{{Name: "text", Mode: 0o600, Content: "new"}}))
	t.same("the file", []entry{{Name: "text", Mode: 0o600, Content: "new"}}, t.copyOut("twice", "/tmp/data/text"))
	if _, kept := byName(t.copyOut("twice", "/tmp/data"))["data/run"]; !kept {
		t.Error("the other files are gone")
	}
}

func copyLarge(t *trial) {
	t.create(t.server("i1"))
	want := []entry{{Name: "large", Mode: 0o644, Content: strings.Repeat("0123456789abcdef", 5<<16)}}
	t.copyIn("i1", "/tmp", pack(t, want))
	if got := t.copyOut("i1", "/tmp/large"); len(got) != 1 || got[0] != want[0] {
		t.Errorf("5 MiB came back as %d entries", len(got))
	}
	out, err := driver.CopyOut(t.Context(), t.driver, "i1", "/tmp/large")
	t.must(err)
	t.must(out.Close()) // which may come before the end
}

func copyAbsent(t *trial) {
	t.create(t.server("i1"))
	_, err := driver.CopyOut(t.Context(), t.driver, "i1", "/no/such/file")
	t.refused(err, dockerhv.ErrNotFound)
	t.refused(driver.CopyIn(t.Context(), t.driver, "i1", "/no/such/folder", bytes.NewReader(pack(t, tree))), dockerhv.ErrNotFound)
}

func copyBroken(t *trial) {
	t.create(t.server("i1"))
	whole := pack(t, tree)
	lost := errors.New("the source broke off")
	for name, archive := range map[string]io.Reader{
		"an archive cut short": bytes.NewReader(whole[:len(whole)/3]),
		"no archive":           strings.NewReader(strings.Repeat("no archive ", 100)),
		"a source that fails":  io.MultiReader(bytes.NewReader(whole[:len(whole)/3]), failing{lost}),
	} {
		if err := driver.CopyIn(t.Context(), t.driver, "i1", "/tmp", archive); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func copyApart(t *trial) {
	t.create(t.server("i1"))
	t.create(t.server("i2"))
	t.copyIn("i1", "/tmp", pack(t, tree))
	_, err := driver.CopyOut(t.Context(), t.driver, "i2", "/tmp/data")
	t.refused(err, dockerhv.ErrNotFound)
}
