package enginetest

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"io"
	"math/rand/v2"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

// A Change makes another image of one, such as a function of go-containerregistry's mutate package.
type Change func(v1.Image) (v1.Image, error)

// WithPayload adds a layer with the file /payload, of size bytes that don't compress. The bytes depend on size alone.
func WithPayload(size int64) Change {
	return func(image v1.Image) (v1.Image, error) {
		layer, err := payload(size)
		if err != nil {
			return nil, err
		}
		return mutate.AppendLayers(image, layer)
	}
}

// WithConfig changes the image's configuration: its command, user, labels, volumes, health check.
func WithConfig(change func(*v1.Config)) Change {
	return func(image v1.Image) (v1.Image, error) {
		file, err := image.ConfigFile()
		if err != nil {
			return nil, err
		}
		config := *file.Config.DeepCopy()
		change(&config)
		return mutate.Config(image, config)
	}
}

// payload is a layer that is never wholly in memory.
func payload(size int64) (v1.Layer, error) {
	var header bytes.Buffer
	file := tar.Header{Name: "payload", Mode: 0o644, Size: size}
	if err := tar.NewWriter(&header).WriteHeader(&file); err != nil {
		return nil, err
	}
	const block = 512
	trailer := make([]byte, (block-size%block)%block+2*block)
	return tarball.LayerFromOpener(func() (io.ReadCloser, error) {
		content := io.LimitReader(noise(size), size)
		return io.NopCloser(io.MultiReader(bytes.NewReader(header.Bytes()), content, bytes.NewReader(trailer))), nil
	}, tarball.WithCompressionLevel(gzip.NoCompression))
}

// noise is an endless stream of random bytes, the same for the same seed.
func noise(seed int64) io.Reader {
	var key [32]byte
	binary.LittleEndian.PutUint64(key[:], uint64(seed))
	return rand.NewChaCha8(key)
}
