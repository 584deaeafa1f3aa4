package tarfile_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/dockerhv/dockerhv/template/tarfile"
)

// file is an entry of a test's archive; a regular file unless it has a kind.
type file struct {
	name, content string
	kind          byte
	link          string
	records       map[string]string
}

// tarOf writes an archive.
func tarOf(t testing.TB, files ...file) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, f := range files {
		if f.kind == 0 {
			f.kind = tar.TypeReg
		}
		header := &tar.Header{
			Typeflag: f.kind, Name: f.name, Linkname: f.link, Size: int64(len(f.content)), PAXRecords: f.records, Mode: 0o644,
		}
		if f.kind == tar.TypeXGlobalHeader {
			*header = tar.Header{Typeflag: f.kind, Name: f.name, PAXRecords: f.records}
		}
		if err := w.WriteHeader(header); err != nil {
			t.Fatal(f.name, err)
		}
		if _, err := io.WriteString(w, f.content); err != nil {
			t.Fatal(f.name, err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// image is one image of a test's archive.
type image struct {
	tags     []string
	platform string // an architecture; empty is amd64
	layers   []string
}

func (i image) config() string {
	arch := i.platform
	if arch == "" {
		arch = "amd64"
	}
	ids := make([]string, len(i.layers))
	for n := range ids {
		ids[n] = "sha256:" + sumOf([]byte(i.layers[n]))
	}
	return encode(map[string]any{
		"os": "linux", "architecture": arch, "rootfs": map[string]any{"type": "layers", "diff_ids": ids},
	})
}

func (i image) configName() string { return sumOf([]byte(i.config())) + ".json" }
func (i image) id() string         { return "sha256:" + sumOf([]byte(i.config())) }
func (i image) ref() string        { return "localhost/dockerhv:tarfile-" + i.id()[len("sha256:"):][:32] }

func (i image) layerNames() []string {
	names := make([]string, len(i.layers))
	for n, layer := range i.layers {
		names[n] = sumOf([]byte(layer)) + "/layer.tar"
	}
	return names
}

// files is what the image adds to its archive.
func (i image) files() []file {
	files := []file{{name: i.configName(), content: i.config()}}
	for n, name := range i.layerNames() {
		files = append(files, file{name: filepath.Dir(name) + "/", kind: tar.TypeDir}, file{name: name, content: i.layers[n]})
	}
	return files
}

func manifestOf(images ...image) file {
	list := []any{}
	for _, i := range images {
		list = append(list, map[string]any{"Config": i.configName(), "RepoTags": i.tags, "Layers": i.layerNames()})
	}
	return file{name: "manifest.json", content: encode(list)}
}

// busybox is the image of most tests.
func busybox() image {
	return image{tags: []string{"busybox:latest"}, layers: []string{"layer one", "layer two"}}
}

// archive is a docker-archive of images and some files more.
func archive(t testing.TB, images []image, more ...file) []byte {
	t.Helper()
	var files []file
	for _, i := range images {
		files = append(files, i.files()...)
	}
	return tarOf(t, append(append(files, more...), manifestOf(images...))...)
}

func busyboxArchive(t testing.TB, more ...file) []byte {
	t.Helper()
	return archive(t, []image{busybox()}, more...)
}

func encode(v any) string {
	content, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(content)
}

func gzipped(t testing.TB, content []byte) []byte {
	t.Helper()
	return through(t, content, func(w io.Writer) (io.WriteCloser, error) { return gzip.NewWriter(w), nil })
}

func zstdOf(t testing.TB, content []byte) []byte {
	t.Helper()
	return through(t, content, func(w io.Writer) (io.WriteCloser, error) { return zstd.NewWriter(w) })
}

func through(t testing.TB, content []byte, open func(io.Writer) (io.WriteCloser, error)) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := open(&b)
	if err == nil {
		_, err = w.Write(content)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// source reads content that is in memory.
func source(content []byte) tarfile.Source {
	return tarfile.Source{Reader: func(context.Context) (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(content)), nil
	}}
}

// write writes a test's file and returns its path.
func write(t testing.TB, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
