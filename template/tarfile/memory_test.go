package tarfile_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/template"
	"github.com/dockerhv/dockerhv/template/tarfile"
)

const (
	hugeLayer = 1 << 30
	maxHeap   = 32 << 20
)

// hugeSum is the hex SHA-256 of the huge layer.
var hugeSum = sync.OnceValue(func() string {
	sum := sha256.New()
	_, _ = io.Copy(sum, io.LimitReader(noise(), hugeLayer))
	return hex.EncodeToString(sum.Sum(nil))
})

// TestMemory streams a layer of 1 GiB through, and looks how much memory the
// whole process has in use meanwhile, the generator's and the store's included.
func TestMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("streams 2 GiB")
	}
	for name, wrap := range map[string]func(io.Writer) io.WriteCloser{
		"plain": func(w io.Writer) io.WriteCloser { return nopWriteCloser{w} },
		"gzip": func(w io.Writer) io.WriteCloser {
			stored, _ := gzip.NewWriterLevel(w, gzip.NoCompression)
			return stored
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := tarfile.Source{Reader: func(context.Context) (io.ReadCloser, error) {
				r, w := io.Pipe()
				go func() { _ = w.CloseWithError(writeHuge(wrap(w))) }()
				return r, nil
			}}
			var into host
			var err error
			peak := heapPeak(t, func() {
				_, err = s.Install(t.Context(), &into, template.InstallOptions{})
			})
			if err != nil || into.loads[0].bytes < hugeLayer {
				t.Errorf("%v, loads %+v", err, into.loads)
			}
			if peak > maxHeap {
				t.Errorf("takes %d KiB of heap, want at most %d", peak>>10, maxHeap>>10)
			}
			t.Logf("took %d KiB of heap", peak>>10)
		})
	}
}

// TestMemoryLayer unpacks a layer on the way, into a file for a host that can't.
func TestMemoryLayer(t *testing.T) {
	const size = 256 << 20
	i := on("amd64", "")
	sum := sha256.New()
	packed := filepath.Join(t.TempDir(), "layer.zst")
	to, err := os.Create(packed)
	if err != nil {
		t.Fatal(err)
	}
	w, err := zstd.NewWriter(to, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1))
	if err == nil {
		_, err = io.Copy(io.MultiWriter(w, sum), io.LimitReader(noise(), size))
	}
	if err := errors.Join(err, w.Close(), to.Close()); err != nil {
		t.Fatal(err)
	}
	config := strings.Replace(i.config(), sumOf(nil), hex.EncodeToString(sum.Sum(nil)), 1)
	manifest := encode([]any{map[string]any{"Config": "config.json", "Layers": []string{"layer.tar"}}})
	s := tarfile.Source{TempDir: t.TempDir(), Reader: func(context.Context) (io.ReadCloser, error) {
		r, w := io.Pipe()
		go func() { _ = w.CloseWithError(writeWithLayer(w, config, packed, manifest)) }()
		return r, nil
	}}
	for _, zstd := range []bool{false, true} {
		into := forgetful{host{traits: template.Traits{Zstd: zstd}}}
		peak := heapPeak(t, func() {
			_, err = s.Install(t.Context(), &into, template.InstallOptions{})
		})
		wantError(t, err, dockerhv.ErrFailed, "the host took the archive") // all of it, and forgot it
		if peak > maxHeap {
			t.Errorf("takes %d KiB of heap, want at most %d", peak>>10, maxHeap>>10)
		}
		t.Logf("took %d KiB of heap", peak>>10)
		wantNoFiles(t, s.TempDir)
	}
}

// writeWithLayer writes an archive whose layer is in a file.
func writeWithLayer(to io.Writer, config, layer, manifest string) error {
	file, err := os.Open(layer)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	w := tar.NewWriter(to)
	for _, f := range []struct {
		name    string
		size    int64
		content io.Reader
	}{
		{"layer.tar", info.Size(), file},
		{"config.json", int64(len(config)), strings.NewReader(config)},
		{"manifest.json", int64(len(manifest)), strings.NewReader(manifest)},
	} {
		if err := w.WriteHeader(&tar.Header{Name: f.name, Size: f.size, Mode: 0o644}); err != nil {
			return err
		}
		if _, err := io.Copy(w, f.content); err != nil {
			return err
		}
	}
	return w.Close()
}

// heapPeak returns how much more heap is in use during a call than before.
func heapPeak(t *testing.T, call func()) int64 {
	t.Helper()
	const often = 20 // so that little of what is seen is garbage
	percent := debug.SetGCPercent(often)
	defer debug.SetGCPercent(percent)
	runtime.GC()
	var before runtime.MemStats
	runtime.ReadMemStats(&before)
	stop, peak := make(chan struct{}), make(chan uint64)
	go func() { peak <- watchHeap(stop) }()
	call()
	close(stop)
	return int64(<-peak) - int64(before.HeapInuse)
}

// watchHeap returns the most that was in use until stop.
func watchHeap(stop <-chan struct{}) uint64 {
	var most uint64
	for stopped := false; !stopped; {
		select {
		case <-stop:
			stopped = true
		case <-time.After(5 * time.Millisecond):
		}
		var stats runtime.MemStats
		runtime.ReadMemStats(&stats)
		most = max(most, stats.HeapInuse)
	}
	return most
}

type nopWriteCloser struct{ io.Writer }

func (nopWriteCloser) Close() error { return nil }

// writeHuge writes an archive whose layer is named by a digest that is not hashed.
func writeHuge(to io.WriteCloser) error {
	config := `{"os":"linux","architecture":"amd64","rootfs":{"diff_ids":["sha256:` + hugeSum() + `"]}}`
	manifest := `[{"Config":"config.json","Layers":["huge/layer.tar"]}]`
	w := tar.NewWriter(to)
	for _, f := range []struct {
		name    string
		size    int64
		content io.Reader
	}{
		{"config.json", int64(len(config)), bytes.NewReader([]byte(config))},
		{"huge/layer.tar", hugeLayer, io.LimitReader(noise(), hugeLayer)},
		{"manifest.json", int64(len(manifest)), bytes.NewReader([]byte(manifest))},
	} {
		if err := w.WriteHeader(&tar.Header{Name: f.name, Size: f.size, Mode: 0o644}); err != nil {
			return err
		}
		if _, err := io.Copy(w, f.content); err != nil {
			return err
		}
	}
	if err := w.Close(); err != nil {
		return err
	}
	return to.Close()
}

// noise does not compress.
func noise() io.Reader {
	var seed [32]byte
	binary.LittleEndian.PutUint64(seed[:], 1)
	return rand.NewChaCha8(seed)
}

// TestMemoryHostile has archives of few bytes that would take many to keep.
func TestMemoryHostile(t *testing.T) {
	b := busybox()
	rest := func(f file) []byte { return tarOf(t, append(b.files(), f)...) }
	list := func(item string, size int) string {
		return "[" + string(bytes.Repeat([]byte(item+","), size/len(item))) + item + "]"
	}
	var many []file
	for n := range 16000 {
		many = append(many, file{name: string(bytes.Repeat([]byte("d/"), 7)) + string(rune(0x4e00+n)), content: b.config()})
	}
	for name, content := range map[string][]byte{
		"manifest of nothing": rest(file{name: "manifest.json", content: list("{}", 3<<19)}),
		"manifest of layers":  rest(file{name: "manifest.json", content: `[{"Layers":` + list(`""`, 3<<19) + `}]`}),
		"config of layers":    rest(file{name: "config.json", content: `{"rootfs":{"diff_ids":` + list(`""`, 3<<19) + `}}`}),
		"many configs":        tarOf(t, many...),
	} {
		t.Run(name, func(t *testing.T) {
			var err error
			peak := heapPeak(t, func() {
				_, err = source(content).Install(t.Context(), new(forgetful), template.InstallOptions{})
			})
			if err == nil || peak > maxHeap {
				t.Errorf("takes %d KiB of heap, want at most %d; %v", peak>>10, maxHeap>>10, err)
			}
			t.Logf("took %d KiB of heap", peak>>10)
		})
	}
}

// forgetful is a store that keeps nothing of what it reads.
type forgetful struct{ host }

func (*forgetful) Load(_ context.Context, r io.Reader) error {
	_, err := io.Copy(io.Discard, r)
	return err
}
