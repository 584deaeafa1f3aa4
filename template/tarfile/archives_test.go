package tarfile_test

import (
	"archive/tar"
	"bytes"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/google/go-containerregistry/pkg/compression"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/dockerhv/dockerhv/internal/enginetest"
	"github.com/dockerhv/dockerhv/template/tarfile"
)

// kind is a kind of archive, of busybox.
type kind struct {
	make   func(testing.TB) []byte
	source tarfile.Source // what is to be said of it
}

// kinds are all kinds of archives that there are.
func kinds() map[string]kind {
	return map[string]kind{
		"docker-archive": {make: dockerArchive},
		"oci":            {make: func(t testing.TB) []byte { return ociArchive(t, ociImage(t, compression.GZip), "v1") }},
		"oci multi":      {make: func(t testing.TB) []byte { return ociIndexArchive(t, compression.GZip) }},
		"zstd layers":    {make: func(t testing.TB) []byte { return ociIndexArchive(t, compression.ZStd) }},
		"rootfs":         {make: rootFS},
		"several":        {make: severalImages, source: tarfile.Source{Image: "app:2"}},
	}
}

func busyboxImage(t testing.TB) v1.Image {
	t.Helper()
	image, err := enginetest.Busybox()
	if err != nil {
		t.Fatal(err)
	}
	return image
}

func dockerArchive(t testing.TB) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "saved.tar")
	enginetest.SaveBusybox(t, path, "app:1")
	return read(t, path)
}

// severalImages are two in one docker-archive.
func severalImages(t testing.TB) []byte {
	t.Helper()
	images := make(map[name.Tag]v1.Image)
	for tag, greeting := range map[string]string{"app:1": "hello", "app:2": "hi"} {
		image, err := enginetest.WithConfig(func(c *v1.Config) { c.Env = append(c.Env, "GREETING="+greeting) })(busyboxImage(t))
		as, tagErr := name.NewTag(tag)
		if err != nil || tagErr != nil {
			t.Fatal(err, tagErr)
		}
		images[as] = image
	}
	var b bytes.Buffer
	if err := tarball.MultiWrite(images, &b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// rootFS is busybox's file system, as LXC templates have theirs.
func rootFS(t testing.TB) []byte {
	t.Helper()
	r := mutate.Extract(busyboxImage(t))
	defer func() { _ = r.Close() }()
	content, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// ociImage is busybox in OCI's form, with its layer compressed in some way.
func ociImage(t testing.TB, by compression.Compression) v1.Image {
	t.Helper()
	was := busyboxImage(t)
	layers, err := was.Layers()
	if err != nil {
		t.Fatal(err)
	}
	mediaType := map[compression.Compression]types.MediaType{
		compression.None: types.OCIUncompressedLayer, compression.GZip: types.OCILayer, compression.ZStd: types.OCILayerZStd,
	}[by]
	var options []tarball.LayerOption
	if by == compression.ZStd {
		options = append(options, tarball.WithCompression(by))
	}
	layer, err := tarball.LayerFromOpener(layers[0].Uncompressed, append(options, tarball.WithMediaType(mediaType))...)
	if err != nil {
		t.Fatal(err)
	}
	image := mutate.MediaType(mutate.ConfigMediaType(empty.Image, types.OCIConfigJSON), types.OCIManifestSchema1)
	image, err = mutate.AppendLayers(image, layer)
	if err != nil {
		t.Fatal(err)
	}
	file, err := was.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	image, err = mutate.Config(image, file.Config)
	if err != nil {
		t.Fatal(err)
	}
	return forPlatform(t, image, v1.Platform{OS: "linux", Architecture: runtime.GOARCH})
}

func forPlatform(t testing.TB, image v1.Image, p v1.Platform) v1.Image {
	t.Helper()
	file, err := image.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	file = file.DeepCopy()
	file.OS, file.Architecture, file.Variant = p.OS, p.Architecture, p.Variant
	image, err = mutate.ConfigFile(image, file)
	if err != nil {
		t.Fatal(err)
	}
	return image
}

// ociArchive is an image in an OCI archive under a name.
func ociArchive(t testing.TB, image v1.Image, refName string) []byte {
	t.Helper()
	dir := t.TempDir()
	path, err := layout.Write(dir, empty.Index)
	if err == nil {
		err = path.AppendImage(image, layout.WithAnnotations(map[string]string{"org.opencontainers.image.ref.name": refName}))
	}
	if err != nil {
		t.Fatal(err)
	}
	return tarDir(t, dir)
}

// ociIndex is the host's image, among those for other platforms and with what build
// tools attach.
func ociIndex(t testing.TB, by compression.Compression) v1.ImageIndex {
	t.Helper()
	image := ociImage(t, by)
	attested, err := mutate.AppendLayers(
		mutate.MediaType(mutate.ConfigMediaType(empty.Image, types.OCIConfigJSON), types.OCIManifestSchema1),
		static.NewLayer([]byte(`{"predicateType":"https://slsa.dev/provenance/v0.2"}`), "application/vnd.in-toto+json"))
	if err != nil {
		t.Fatal(err)
	}
	unknown := v1.Platform{OS: "unknown", Architecture: "unknown"}
	other := v1.Platform{OS: "linux", Architecture: "s390x"}
	host := v1.Platform{OS: "linux", Architecture: runtime.GOARCH}
	index := mutate.IndexMediaType(empty.Index, types.OCIImageIndex)
	return mutate.AppendManifests(index,
		mutate.IndexAddendum{Add: forPlatform(t, attested, unknown), Descriptor: v1.Descriptor{
			Platform: &unknown, Annotations: map[string]string{"vnd.docker.reference.type": "attestation-manifest"},
		}},
		mutate.IndexAddendum{Add: forPlatform(t, image, other), Descriptor: v1.Descriptor{Platform: &other}},
		mutate.IndexAddendum{Add: image, Descriptor: v1.Descriptor{Platform: &host}},
	)
}

// ociIndexArchive is an index in an OCI archive, as build tools write it.
func ociIndexArchive(t testing.TB, by compression.Compression) []byte {
	t.Helper()
	dir := t.TempDir()
	path, err := layout.Write(dir, empty.Index)
	if err == nil {
		err = path.AppendIndex(ociIndex(t, by))
	}
	if err != nil {
		t.Fatal(err)
	}
	return tarDir(t, dir)
}

// tarDir archives a directory.
func tarDir(t testing.TB, dir string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	if err := w.AddFS(os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// filesOf are the files of an archive, to be put in another order or changed.
func filesOf(t testing.TB, content []byte) (files []file) {
	t.Helper()
	r := tar.NewReader(bytes.NewReader(content))
	for {
		header, err := r.Next()
		if err == io.EOF {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if header.Typeflag == tar.TypeReg {
			files = append(files, file{name: header.Name, content: string(content)})
		}
	}
}

func read(t testing.TB, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return content
}
