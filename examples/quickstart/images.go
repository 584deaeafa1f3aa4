package main

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"path"
	"runtime"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"

	"github.com/dockerhv/dockerhv/template"
)

// payloadImage is an image that holds just the program.
func payloadImage(payload []byte, format template.Format) (v1.Image, error) {
	return image(v1.Config{
		Entrypoint: []string{"/payload"}, ExposedPorts: map[string]struct{}{"8080/tcp": {}},
		Labels: map[string]string{"quickstart": string(format)}, // which gives each format a digest of its own
	}, "payload", payload)
}

// busyboxImage is an image with a shell.
func busyboxImage(busybox []byte) (v1.Image, error) {
	return image(v1.Config{Env: []string{"PATH=/bin"}, Cmd: []string{"sh"}}, "bin/busybox", busybox, "bin/sh", "bin/mkdir")
}

// image makes an image of one layer: a program, and links to it in its folder.
func image(config v1.Config, program string, content []byte, links ...string) (v1.Image, error) {
	archive, err := layer(program, content, links)
	if err != nil {
		return nil, err
	}
	l, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(archive)), nil })
	if err != nil {
		return nil, err
	}
	made, err := mutate.AppendLayers(empty.Image, l)
	if err != nil {
		return nil, err
	}
	file, err := made.ConfigFile()
	if err != nil {
		return nil, err
	}
	file = file.DeepCopy()
	file.OS, file.Architecture, file.Config = "linux", runtime.GOARCH, config
	return mutate.ConfigFile(made, file)
}

func layer(program string, content []byte, links []string) ([]byte, error) {
	var archive bytes.Buffer
	w := tar.NewWriter(&archive)
	err := w.WriteHeader(&tar.Header{Name: program, Mode: 0o755, Size: int64(len(content))})
	if err == nil {
		_, err = w.Write(content)
	}
	for _, link := range links {
		if err == nil {
			err = w.WriteHeader(&tar.Header{Name: link, Typeflag: tar.TypeSymlink, Linkname: path.Base(program)})
		}
	}
	if err == nil {
		err = w.Close()
	}
	return archive.Bytes(), err
}

// push puts an image into a registry.
func push(ctx context.Context, ref string, img v1.Image) error {
	to, err := name.ParseReference(ref)
	if err != nil {
		return err
	}
	return remote.Write(to, img, remote.WithContext(ctx))
}

// saveArchive writes a docker-archive, and returns its checksum as CloudStack
// writes it.
func saveArchive(file string, img v1.Image) (checksum string, err error) {
	tag, err := name.NewTag("quickstart/hello:tar")
	if err != nil {
		return "", err
	}
	var archive bytes.Buffer
	if err := tarball.Write(tag, img, &archive); err != nil {
		return "", err
	}
	sum := sha256.Sum256(archive.Bytes())
	return "{SHA-256}" + hex.EncodeToString(sum[:]), os.WriteFile(file, archive.Bytes(), 0o600)
}
