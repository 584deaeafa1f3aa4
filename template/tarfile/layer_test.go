package tarfile_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/template"
	"github.com/dockerhv/dockerhv/template/tarfile"
)

// packedLayer is an image of one layer, and the layer as it is packed.
func packedLayer(t testing.TB, pack func(testing.TB, []byte) []byte) (image, string) {
	t.Helper()
	layer := tarOf(t, file{name: "etc/motd", content: "hello"})
	return on("amd64", string(layer)), string(pack(t, layer))
}

// TestLayers sends layers in what the host can unpack. What is sent unpacked waits in
// a file that has no name, and nothing of it is left.
func TestLayers(t *testing.T) {
	old, newer := amd64(), amd64()
	old.Zstd = false
	for name, test := range map[string]struct {
		pack     func(testing.TB, []byte) []byte
		host     template.Traits
		unpacked bool
	}{
		"plain":            {func(_ testing.TB, content []byte) []byte { return content }, old, false},
		"gzip":             {gzipped, old, false},
		"zstd":             {zstdOf, newer, false},
		"zstd, unpacked":   {zstdOf, old, true},
		"skippable frames": {skippable, old, true},
		"bzip2":            {bzip2Of, newer, true},
	} {
		t.Run(name, func(t *testing.T) {
			i, packed := packedLayer(t, test.pack)
			content := tarOf(t, layoutOf(i.manifest(packed))...)
			for place, s := range places(t, content) {
				into := host{traits: test.host}
				s.TempDir = t.TempDir()
				got, err := s.Install(t.Context(), &into, template.InstallOptions{})
				if err != nil || got.ID != i.id() {
					t.Fatalf("by %s: %+v, %v", place, got, err)
				}
				want := packed
				if test.unpacked {
					want = i.layers[0]
				}
				if sent := into.loads[0].files[blob(packed).name]; string(sent) != want {
					t.Errorf("by %s: the layer was sent in %d bytes, want %d", place, len(sent), len(want))
				}
				if said := into.loads[0].files["index.json"] != nil; said == test.unpacked {
					t.Errorf("by %s: index.json sent: %t", place, said)
				}
				wantNoFiles(t, s.TempDir)
			}
		})
	}
}

func skippable(t testing.TB, content []byte) []byte {
	t.Helper()
	return slices.Concat([]byte("\x50\x2a\x4d\x18\x03\x00\x00\x00abc"), zstdOf(t, content[:100]), zstdOf(t, content[100:]))
}

// bzip2Of is the one thing that bzip2 made of it, as Go can't.
func bzip2Of(t testing.TB, _ []byte) []byte {
	t.Helper()
	return read(t, "testdata/layer.tar.bz2")
}

func wantNoFiles(t *testing.T, dir string) {
	t.Helper()
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left in the directory for temporary files: %v, %v", left, err)
	}
}

// TestLayersRefused has layers that are not what they should be.
func TestLayersRefused(t *testing.T) {
	i, zipped := packedLayer(t, gzipped)
	_, packed := packedLayer(t, zstdOf)
	_, twice := packedLayer(t, func(t testing.TB, content []byte) []byte { return gzipped(t, gzipped(t, content)) })
	_, inside := packedLayer(t, func(t testing.TB, content []byte) []byte { return zstdOf(t, gzipped(t, content)) })
	_, spoiled := packedLayer(t, func(t testing.TB, content []byte) []byte {
		content = gzipped(t, content)
		content[len(content)-5] ^= 1
		return content
	})
	lie := on("amd64", "another")
	for name, test := range map[string]struct {
		image image
		layer string
		class error
		words string
	}{
		"truncated gzip":    {i, zipped[:len(zipped)-9], dockerhv.ErrIntegrity, "truncated"},
		"truncated zstd":    {i, packed[:len(packed)-9], dockerhv.ErrIntegrity, "truncated"},
		"corrupt":           {i, spoiled, dockerhv.ErrIntegrity, "corrupt"},
		"compressed twice":  {i, twice, dockerhv.ErrInvalid, "twice"},
		"gzip in zstd":      {i, inside, dockerhv.ErrInvalid, "twice"},
		"wrong diffID":      {lie, zipped, dockerhv.ErrIntegrity, sumOf([]byte("another"))},
		"wrong diffID zstd": {lie, packed, dockerhv.ErrIntegrity, sumOf([]byte("another"))},
	} {
		for _, zstd := range []bool{true, false} {
			t.Run(name, func(t *testing.T) {
				into := host{traits: amd64()}
				into.traits.Zstd = zstd
				s := source(tarOf(t, layoutOf(test.image.manifest(test.layer))...))
				s.TempDir = t.TempDir()
				_, err := s.Install(t.Context(), &into, template.InstallOptions{})
				wantError(t, err, test.class, test.words, blob(test.layer).name)
				into.wantEmpty(t)
				wantNoFiles(t, s.TempDir)
			})
		}
	}
}

// TestLayerBombs refuses layers of 3 GB in a few MB, with under 64 MiB written to the
// store and to files together.
func TestLayerBombs(t *testing.T) {
	const enough = 64 << 20
	zeros := make([]byte, 1<<20)
	for name, pack := range map[string]func(testing.TB, []byte) []byte{"gzip": gzipped, "zstd": zstdOf} {
		bomb := bytes.Repeat(pack(t, zeros), 3<<10)
		content := tarOf(t, layoutOf(on("amd64", "x").manifest(string(bomb)))...)
		outer := tarOf(t, file{name: "manifest.json", content: "[]"})
		for where, archive := range map[string][]byte{
			"in a layer":   content,
			"all in all":   slices.Concat(pack(t, outer), bomb),
			"as a system":  slices.Concat(pack(t, header("etc/motd", 3<<30)), bomb),
			"of one entry": slices.Concat(pack(t, header("zeros", 3<<30)), bomb),
		} {
			t.Run(name+" "+where, func(t *testing.T) {
				into := measure{host: host{traits: template.Traits{Platform: amd64().Platform}}}
				s := source(archive)
				s.TempDir = watched(t)
				_, err := s.Install(t.Context(), &into, template.InstallOptions{})
				wantError(t, err, dockerhv.ErrInvalid, "100 times")
				if into.n >= enough {
					t.Errorf("%d bytes were sent", into.n)
				}
			})
		}
	}
}

// watched is a directory for temporary files on which no more fits than a bomb may
// write: a file system of its own where that can be had.
func watched(t *testing.T) string {
	t.Helper()
	dir := limitedDir(t, t.TempDir(), 64<<20)
	t.Cleanup(func() { wantNoFiles(t, dir) })
	return dir
}

// measure is a store that only counts.
type measure struct {
	host
	n int64
}

func (m *measure) Load(_ context.Context, r io.Reader) error {
	n, err := io.Copy(io.Discard, r)
	m.n += n
	return err
}

// TestSpoolFails says what to do where a layer can't wait.
func TestSpoolFails(t *testing.T) {
	i, packed := packedLayer(t, zstdOf)
	s := source(tarOf(t, layoutOf(i.manifest(packed))...))
	s.TempDir = filepath.Join(t.TempDir(), "absent")
	var into host
	_, err := s.Install(t.Context(), &into, template.InstallOptions{})
	wantError(t, err, dockerhv.ErrFailed, "temporary directory")
	into.wantEmpty(t)
}

// TestSpoolCanceled leaves no file when the input stops in the middle of a layer.
func TestSpoolCanceled(t *testing.T) {
	i, packed := packedLayer(t, zstdOf)
	content := tarOf(t, layoutOf(i.manifest(packed))...)
	at := bytes.Index(content, []byte(packed)) + len(packed)/2
	for name, stop := range map[string]func(context.CancelFunc) error{
		"canceled": func(cancel context.CancelFunc) error { cancel(); return nil },
		"broken":   func(context.CancelFunc) error { return errors.New("connection reset") },
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			s := tarfile.Source{TempDir: t.TempDir(), Reader: func(ctx context.Context) (io.ReadCloser, error) {
				rest := readerFunc(func([]byte) (int, error) {
					if err := stop(cancel); err != nil {
						return 0, err
					}
					return until{ctx}.Read(nil)
				})
				return io.NopCloser(io.MultiReader(bytes.NewReader(content[:at]), rest)), nil
			}}
			var into host
			if _, err := s.Install(ctx, &into, template.InstallOptions{}); err == nil {
				t.Error("no error")
			}
			into.wantEmpty(t)
			wantNoFiles(t, s.TempDir)
		})
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }
