package dockerfile_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/template"
	"github.com/dockerhv/dockerhv/template/dockerfile"
)

// listing is a Dockerfile whose instance prints what of the context came.
func listing(t *testing.T) string {
	t.Helper()
	return "FROM " + base(t) + "\nCOPY . /files\nCMD [\"sh\", \"-c\", \"cd /files && find . -type f | sort && cat sub/b.txt && sh sub/run\"]\n"
}

// listed is what it prints of the files below.
var listed = []string{"./a.txt", "./sub/b.txt", "./sub/run", "of b", "ran"}

func contextFiles(text string) map[string]string {
	return map[string]string{
		"Dockerfile": text, ".dockerignore": "*.secret\n.dockerignore\nDockerfile*\n",
		"a.txt": "of a\n", "b.secret": "hidden\n", "sub/b.txt": "of b\n", "sub/run": "echo ran\n",
	}
}

func TestFS(t *testing.T) {
	d := open(t)
	files := fstest.MapFS{}
	for name, text := range contextFiles(listing(t)) {
		files[name] = &fstest.MapFile{Data: []byte(text)}
	}
	files["ignored/x.secret"] = &fstest.MapFile{Data: []byte("x")}
	files[".dockerignore"].Data = append(files[".dockerignore"].Data, "ignored\n"...)
	image := install(t, d, dockerfile.Source{FS: files}, template.InstallOptions{})
	if diff := cmp.Diff(listed, run(t, d, image)); diff != "" {
		t.Errorf("the instance printed (-want +got):\n%s", diff)
	}
	_, err := dockerfile.Source{FS: fstest.MapFS{}}.Install(t.Context(), d.Images(), template.InstallOptions{})
	wantError(t, err, dockerhv.ErrNotFound)
}

// TestIgnoreOfTheDockerfile has a Dockerfile with a list of its own of what to leave
// out, which counts in place of the context's.
func TestIgnoreOfTheDockerfile(t *testing.T) {
	d := open(t)
	dir := t.TempDir()
	text := "FROM " + base(t) + "\nCOPY . /files\nCMD [\"sh\", \"-c\", \"cd /files && ls\"]\n"
	if err := os.Mkdir(dir+"/build", 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, dir, map[string]string{
		"build/Other": text, "build/Other.dockerignore": "build\n*.a\n.dockerignore\n", ".dockerignore": "*.b\n", "1.a": "", "1.b": "",
	})
	for name, source := range map[string]dockerfile.Source{
		"folder":      {Dir: dir, File: "build/Other"},
		"file system": {FS: os.DirFS(dir), File: "build/Other"},
	} {
		t.Run(name, func(t *testing.T) {
			image := install(t, d, source, template.InstallOptions{})
			if diff := cmp.Diff([]string{"1.b"}, run(t, d, image)); diff != "" {
				t.Errorf("the instance printed (-want +got):\n%s", diff)
			}
		})
	}
}

// archive makes a tar archive of files and of what else is given.
func archive(t *testing.T, files map[string]string, more ...tar.Header) []byte {
	t.Helper()
	var buffer bytes.Buffer
	w := tar.NewWriter(&buffer)
	put := func(h tar.Header, content string) {
		h.Size = int64(len(content))
		if h.Mode == 0 {
			h.Mode = 0o644
		}
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, content); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range files {
		put(tar.Header{Name: name}, text)
	}
	for _, h := range more {
		put(h, "")
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buffer.Bytes()
}

// compress lets the usual program compress content.
func compress(t *testing.T, content []byte, program ...string) []byte {
	t.Helper()
	if len(program) == 0 {
		return content
	}
	cmd := exec.CommandContext(t.Context(), program[0], program[1:]...)
	cmd.Stdin = bytes.NewReader(content)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %v", program, err)
	}
	return out
}

func checksumOf(content []byte) template.Checksum {
	sum := sha256.Sum256(content)
	return template.Checksum{Hex: hex.EncodeToString(sum[:])}
}

// serve serves one content at any path.
func serve(t *testing.T, content []byte) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(content) }))
	t.Cleanup(server.Close)
	return server.URL
}

// TestArchive builds the same context from each kind of archive, at each place.
func TestArchive(t *testing.T) {
	d := open(t)
	plain := archive(t, contextFiles(listing(t)))
	for name, program := range map[string][]string{
		"plain": nil, "gzip": {"gzip"}, "bzip2": {"bzip2"}, "xz": {"xz"}, "zstd": {"zstd", "-q"},
	} {
		content := compress(t, plain, program...)
		path := filepath.Join(t.TempDir(), "context")
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		sum := checksumOf(content)
		for place, source := range map[string]dockerfile.Source{
			"path":   {Archive: path, Checksum: sum},
			"URL":    {URL: serve(t, content) + "/c?token=x", Checksum: sum, Download: here},
			"reader": {Reader: func(context.Context) (io.ReadCloser, error) { return os.Open(path) }, Checksum: sum},
		} {
			t.Run(name+" by "+place, func(t *testing.T) {
				source.TempDir = t.TempDir()
				image := install(t, d, source, template.InstallOptions{})
				if diff := cmp.Diff(listed, run(t, d, image)); diff != "" {
					t.Errorf("the instance printed (-want +got):\n%s", diff)
				}
				wantEmpty(t, source.TempDir)
				source.Checksum = template.Checksum{Hex: strings.Repeat("0", 64)}
				_, err := source.Install(t.Context(), d.Images(), template.InstallOptions{})
				wantError(t, err, dockerhv.ErrIntegrity)
				if _, ok := errors.AsType[*template.ChecksumError](err); !ok {
					t.Errorf("%v is no ChecksumError", err)
				}
				wantEmpty(t, source.TempDir)
			})
		}
	}
}

// wantEmpty asserts that nothing is left in a folder.
func wantEmpty(t *testing.T, dir string) {
	t.Helper()
	left, err := os.ReadDir(dir)
	if err != nil || len(left) > 0 {
		t.Errorf("left in %s: %v, %v", dir, left, err)
	}
}

// TestArchiveKeepsWhatFilesAre has links, modes and a folder of the archive as context.
func TestArchiveKeepsWhatFilesAre(t *testing.T) {
	d := open(t)
	text := "FROM " + base(t) + "\nCOPY . /files\nCMD [\"sh\", \"-c\", \"cd /files && ls -l tool | cut -c1-10 && readlink link && cat link hard && stat -c %Y plain\"]\n"
	content := archive(t, map[string]string{"top/Dockerfile": text, "top/plain": "content\n", "outside": "x"},
		tar.Header{Name: "top/tool", Mode: 0o751}, tar.Header{Name: "top/link", Typeflag: tar.TypeSymlink, Linkname: "plain"},
		tar.Header{Name: "top/hard", Typeflag: tar.TypeLink, Linkname: "top/plain"}, tar.Header{Name: "top/empty/", Typeflag: tar.TypeDir, Mode: 0o555},
	)
	image := install(t, d, dockerfile.Source{
		Reader: func(context.Context) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(content)), nil },
		Subdir: "top", TempDir: t.TempDir(),
	}, template.InstallOptions{})
	if diff := cmp.Diff([]string{"-rwxr-x--x", "plain", "content", "content", "0"}, run(t, d, image)); diff != "" {
		t.Errorf("the instance printed (-want +got):\n%s", diff)
	}
}

// TestBadArchives has archives that lie, are broken or would be too much. None gets
// as far as the engine, and nothing of any is left here.
func TestBadArchives(t *testing.T) {
	good := map[string]string{"Dockerfile": "FROM scratch\n"}
	link := func(name, target string) tar.Header {
		return tar.Header{Name: name, Typeflag: tar.TypeSymlink, Linkname: target}
	}
	zeros := func(size int) []byte {
		return archive(t, map[string]string{"Dockerfile": "FROM scratch\n", "zeros": string(make([]byte, size))})
	}
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	if _, err := w.Write(zeros(64 << 20)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		content []byte
		limits  dockerfile.Limits
		want    error
		says    string
	}{
		"a name above":            {archive(t, good, tar.Header{Name: "../x"}), dockerfile.Limits{}, dockerhv.ErrInvalid, `"../x"`},
		"an absolute name":        {archive(t, good, tar.Header{Name: "/x"}), dockerfile.Limits{}, dockerhv.ErrInvalid, `"/x"`},
		"a file below a link":     {archive(t, good, link("out", "/"), tar.Header{Name: "out/x"}), dockerfile.Limits{}, dockerhv.ErrInvalid, `"out/x"`},
		"a hard link out":         {archive(t, good, tar.Header{Name: "h", Typeflag: tar.TypeLink, Linkname: "/etc/passwd"}), dockerfile.Limits{}, dockerhv.ErrInvalid, `"h"`},
		"the same name twice":     {archive(t, good, tar.Header{Name: "Dockerfile"}), dockerfile.Limits{}, dockerhv.ErrInvalid, `"Dockerfile"`},
		"a device":                {archive(t, good, tar.Header{Name: "null", Typeflag: tar.TypeChar}), dockerfile.Limits{}, dockerhv.ErrInvalid, `"null"`},
		"a Dockerfile elsewhere":  {archive(t, nil, link("Dockerfile", "/etc/passwd")), dockerfile.Limits{}, dockerhv.ErrInvalid, "escapes"},
		"no Dockerfile":           {archive(t, map[string]string{"x": ""}), dockerfile.Limits{}, dockerhv.ErrNotFound, ""},
		"a bomb":                  {packed.Bytes(), dockerfile.Limits{}, dockerhv.ErrInvalid, "times its size"},
		"too many bytes":          {zeros(2000), dockerfile.Limits{Bytes: 1000}, dockerhv.ErrInvalid, "1000 bytes"},
		"too many entries":        {archive(t, good, tar.Header{Name: "1"}, tar.Header{Name: "2"}), dockerfile.Limits{Entries: 2}, dockerhv.ErrInvalid, "2 entries"},
		"truncated":               {zeros(2000)[:1700], dockerfile.Limits{}, dockerhv.ErrIntegrity, "truncated"},
		"compressed, truncated":   {packed.Bytes()[:packed.Len()/2], dockerfile.Limits{Ratio: 1 << 20}, dockerhv.ErrIntegrity, "truncated"},
		"not an archive":          {bytes.Repeat([]byte("x"), 2000), dockerfile.Limits{}, dockerhv.ErrIntegrity, "corrupt"},
		"nothing":                 {nil, dockerfile.Limits{}, dockerhv.ErrInvalid, "empty"},
		"compressed to something": {compress(t, []byte("FROM scratch\n"), "gzip"), dockerfile.Limits{}, dockerhv.ErrIntegrity, ""},
	} {
		t.Run(name, func(t *testing.T) {
			source := dockerfile.Source{
				Reader:  func(context.Context) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(tc.content)), nil },
				TempDir: t.TempDir(), Limits: tc.limits,
			}
			_, err := source.Install(t.Context(), unbuilt{}, template.InstallOptions{})
			wantError(t, err, tc.want)
			if !strings.Contains(err.Error(), tc.says) {
				t.Errorf("%v does not say %s", err, tc.says)
			}
			wantEmpty(t, source.TempDir)
		})
	}
}

// TestReaderFails has a caller's reader that can't be opened, and one that breaks off.
func TestReaderFails(t *testing.T) {
	broken := errors.New("broken")
	content := archive(t, map[string]string{"Dockerfile": "FROM scratch\n"})
	for name, open := range map[string]func(context.Context) (io.ReadCloser, error){
		"can't be opened": func(context.Context) (io.ReadCloser, error) { return nil, broken },
		"breaks off": func(context.Context) (io.ReadCloser, error) {
			return io.NopCloser(io.MultiReader(bytes.NewReader(content[:600]), errorReader{broken})), nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			source := dockerfile.Source{Reader: open, TempDir: t.TempDir()}
			_, err := source.Install(t.Context(), unbuilt{}, template.InstallOptions{})
			if !errors.Is(err, broken) {
				t.Errorf("got %v; want the reader's error", err)
			}
			wantEmpty(t, source.TempDir)
		})
	}
}

type errorReader struct{ err error }

func (r errorReader) Read([]byte) (int, error) { return 0, fmt.Errorf("reading: %w", r.err) }

// TestSameSizeIsNotTheSame builds one after the other what differs in content alone: a
// host must not take what it got first for what comes next.
func TestSameSizeIsNotTheSame(t *testing.T) {
	d := open(t)
	from := "FROM " + base(t) + "\n"
	file := from + "COPY a.txt /\nCMD [\"cat\", \"/a.txt\"]\n"
	for name, source := range map[string]func(word string) dockerfile.Source{
		"text": func(word string) dockerfile.Source {
			return dockerfile.Source{Text: from + "RUN echo " + word + " > /a.txt\nCMD [\"cat\", \"/a.txt\"]\n"}
		},
		"file system": func(word string) dockerfile.Source {
			return dockerfile.Source{FS: fstest.MapFS{"Dockerfile": {Data: []byte(file)}, "a.txt": {Data: []byte(word)}}}
		},
		"archive": func(word string) dockerfile.Source {
			content := archive(t, map[string]string{"Dockerfile": file, "a.txt": word})
			return dockerfile.Source{Reader: func(context.Context) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(content)), nil }}
		},
		"another folder": func(word string) dockerfile.Source {
			dir := t.TempDir()
			write(t, dir, map[string]string{"Dockerfile": file, "a.txt": word})
			for _, name := range []string{"Dockerfile", "a.txt"} {
				if err := os.Chtimes(filepath.Join(dir, name), time.Unix(1e9, 0), time.Unix(1e9, 0)); err != nil {
					t.Fatal(err)
				}
			}
			return dockerfile.Source{Dir: dir}
		},
		"list of what to ignore": func(word string) dockerfile.Source {
			return dockerfile.Source{FS: fstest.MapFS{
				"Dockerfile": {Data: []byte(from + "COPY . /files\nCMD [\"ls\", \"/files\"]\n")}, "first": {}, "again": {},
				"Dockerfile.dockerignore": {Data: []byte("Dockerfile*\n" + map[string]string{"first": "again", "again": "first"}[word])},
			}}
		},
	} {
		t.Run(name, func(t *testing.T) {
			for _, word := range []string{"first", "again"} {
				if diff := cmp.Diff([]string{word}, run(t, d, install(t, d, source(word), template.InstallOptions{}))); diff != "" {
					t.Errorf("the instance printed (-want +got):\n%s", diff)
				}
			}
		})
	}
}
