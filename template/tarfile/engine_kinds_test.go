package tarfile_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/template"
)

// compressions are all that an archive can be compressed with.
func compressions() map[string]func(*testing.T, []byte) []byte {
	return map[string]func(*testing.T, []byte) []byte{
		"plain": func(_ *testing.T, content []byte) []byte { return content },
		"gzip":  func(t *testing.T, content []byte) []byte { return gzipped(t, content) },
		"zstd":  func(t *testing.T, content []byte) []byte { return zstdOf(t, content) },
		"xz":    func(t *testing.T, content []byte) []byte { return command(t, content, "xz", "-1") },
		"bzip2": func(t *testing.T, content []byte) []byte { return command(t, content, "bzip2", "-1") },
	}
}

// TestEngineEveryArchive installs and runs every kind of archive, in every
// compression, from everywhere. The engine has none of it before.
func TestEngineEveryArchive(t *testing.T) {
	for name, kind := range kinds() {
		content := kind.make(t)
		ids := make(map[string]bool)
		for by, compress := range compressions() {
			packed := compress(t, content)
			for place, s := range places(t, packed) {
				t.Run(strings.Join([]string{name, by, place}, "/"), func(t *testing.T) {
					d := engine(t)
					s.Image = kind.source.Image
					s.Checksum = template.Checksum{Hex: sumOf(packed)}
					got := mustInstall(t, d, s)
					if got.Cached || got.Format != template.Tarfile || got.Platform.OS != "linux" || got.Digest == "" ||
						!strings.HasPrefix(got.Reference, "localhost/dockerhv:tarfile-") {
						t.Errorf("image %+v", got)
					}
					ids[got.ID] = true
					if _, err := d.Images().Image(t.Context(), "app:1"); !errors.Is(err, dockerhv.ErrNotFound) {
						t.Errorf("the archive's own name came with it: %v", err)
					}
					run(t, d, got)
					again := mustInstall(t, d, s)
					got.Cached = true
					if diff := cmp.Diff(got, again); diff != "" {
						t.Errorf("the second time (-want +got):\n%s", diff)
					}
				})
			}
		}
		if len(ids) != 1 {
			t.Errorf("%s: the same content gave the images %v", name, ids)
		}
	}
}
