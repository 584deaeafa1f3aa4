package tarfile_test

import (
	"context"
	"io"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/compression"

	"github.com/dockerhv/dockerhv/driver/docker"
	"github.com/dockerhv/dockerhv/template"
	"github.com/dockerhv/dockerhv/template/tarfile"
)

// counted is an engine's store that counts what is loaded.
type counted struct {
	template.ImageStore
	loads, bytes atomic.Int64
}

func (c *counted) Unwrap() template.ImageStore { return c.ImageStore }

func (c *counted) Load(ctx context.Context, r io.Reader) error {
	c.loads.Add(1)
	loader, err := template.Role[template.Loader](c.ImageStore)
	if err != nil {
		return err
	}
	return loader.Load(ctx, countedReader{r, c})
}

type countedReader struct {
	io.Reader
	store *counted
}

func (r countedReader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	r.store.bytes.Add(int64(n))
	return n, err
}

func countedEngine(t *testing.T) (*docker.Driver, *counted) {
	t.Helper()
	d := engine(t)
	return d, &counted{ImageStore: d.Images()}
}

// TestEnginePresent sends nothing of what is there, on both image stores.
func TestEnginePresent(t *testing.T) {
	for name, kind := range kinds() {
		plain := kind.make(t)
		packed := gzipped(t, plain)
		for how, s := range map[string]tarfile.Source{
			"a file that is not compressed": {Path: write(t, "image.tar", plain)},
			"any with a checksum":           {Reader: source(packed).Reader, Checksum: template.Checksum{Hex: sumOf(packed)}},
		} {
			t.Run(name+" in "+how, func(t *testing.T) {
				d, into := countedEngine(t)
				s.Image = kind.source.Image
				first := mustInstall(t, d, s)
				second, err := s.Install(t.Context(), into, template.InstallOptions{})
				if err != nil || into.loads.Load() > 0 {
					t.Errorf("%d bytes were sent; %v", into.bytes.Load(), err)
				}
				first.Cached = true
				if diff := cmp.Diff(first, second); diff != "" {
					t.Errorf("the second time (-want +got):\n%s", diff)
				}
			})
		}
	}
}

// TestEngineAdopts sends nothing of an image that is there under another name: the
// engine's ID of it is told by the archive, on both image stores.
func TestEngineAdopts(t *testing.T) {
	path := write(t, "image.tar", ociArchive(t, ociImage(t, compression.GZip), "v1"))
	d, into := countedEngine(t)
	first := mustInstall(t, d, tarfile.Source{Path: path, Tag: "other:1"})
	second, err := tarfile.Source{Path: path}.Install(t.Context(), into, template.InstallOptions{})
	if err != nil || into.loads.Load() > 0 || second.ID != first.ID || second.Reference == first.Reference || !second.Cached {
		t.Errorf("%d bytes were sent; %+v, %v", into.bytes.Load(), second, err)
	}
	remove(t, d, second.Reference)
	if _, err := d.Images().Image(t.Context(), "other:1"); err != nil {
		t.Error("went with our own reference:", err)
	}
}

// 55: N concurrent installations of one archive are one upload, on the engine, too.
func TestEngineShared(t *testing.T) {
	content := gzipped(t, ociIndexArchive(t, compression.GZip))
	for place, s := range places(t, content) {
		t.Run(place, func(t *testing.T) {
			d, into := countedEngine(t)
			s.Checksum = template.Checksum{Hex: sumOf(content)}
			var wg sync.WaitGroup
			var mu sync.Mutex
			ids := make(map[string]bool)
			for range 50 {
				wg.Go(func() {
					got, err := s.Install(t.Context(), into, template.InstallOptions{})
					if err != nil {
						t.Error(err)
					}
					mu.Lock()
					defer mu.Unlock()
					ids[got.Reference] = true
				})
			}
			wg.Wait()
			if len(ids) != 1 || into.loads.Load() != 1 {
				t.Errorf("%d uploads of %v", into.loads.Load(), ids)
			}
			for ref := range ids {
				remove(t, d, ref)
			}
		})
	}
}
