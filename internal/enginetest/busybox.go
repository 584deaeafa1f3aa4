package enginetest

import (
	"archive/tar"
	"bytes"
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"sync"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

const busyboxPath = "/bin/busybox"

// applets are the programs of the image; each is a link to busybox.
const applets = "ash cat chmod cp cut date dd df du echo env expr false find free grep head hostname httpd id ifconfig " +
	"ip kill ln ls md5sum mkdir mktemp mount mv nc netstat nproc nslookup ping printenv printf ps pwd rm route sed seq " +
	"sh sha256sum sleep sort stat stty sync tail tar tee telnet test timeout top touch tr true tty uname vi wc wget " +
	"which whoami xargs yes"

// Busybox returns a small image of the machine's busybox: a shell and the usual programs. It is the same image, with
// the same digest, whenever it is made from the same busybox.
func Busybox() (v1.Image, error) { return busybox() }

// busybox is made once for each program, as it takes a moment to compress.
var busybox = sync.OnceValues(func() (v1.Image, error) {
	content, err := busyboxFiles()
	if err != nil {
		return nil, err
	}
	layer, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(content)), nil
	})
	if err != nil {
		return nil, err
	}
	image, err := mutate.AppendLayers(empty.Image, layer)
	if err != nil {
		return nil, err
	}
	file, err := image.ConfigFile()
	if err != nil {
		return nil, err
	}
	file = file.DeepCopy()
	file.OS, file.Architecture = "linux", runtime.GOARCH
	file.Config = v1.Config{Env: []string{"PATH=/bin"}, Cmd: []string{"sh"}}
	return mutate.ConfigFile(image, file)
})

// busyboxFiles is the image's file system as a tar archive.
func busyboxFiles() ([]byte, error) {
	program, err := readStatic(busyboxPath)
	if err != nil {
		return nil, err
	}
	var archive bytes.Buffer
	w := tar.NewWriter(&archive)
	add := func(header tar.Header, content []byte) {
		header.Size = int64(len(content))
		err = errors.Join(err, w.WriteHeader(&header))
		_, writeErr := w.Write(content)
		err = errors.Join(err, writeErr)
	}
	add(tar.Header{Typeflag: tar.TypeDir, Name: "bin/", Mode: 0o755}, nil)
	add(tar.Header{Name: "bin/busybox", Mode: 0o755}, program)
	for applet := range strings.FieldsSeq(applets) {
		add(tar.Header{Typeflag: tar.TypeSymlink, Name: "bin/" + applet, Linkname: "busybox", Mode: 0o777}, nil)
	}
	add(tar.Header{Typeflag: tar.TypeDir, Name: "etc/", Mode: 0o755}, nil)
	add(tar.Header{Name: "etc/passwd", Mode: 0o644}, []byte("root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n"))
	add(tar.Header{Name: "etc/group", Mode: 0o644}, []byte("root:x:0:\nnobody:x:65534:\n"))
	add(tar.Header{Typeflag: tar.TypeDir, Name: "root/", Mode: 0o700}, nil)
	add(tar.Header{Typeflag: tar.TypeDir, Name: "tmp/", Mode: 0o1777}, nil)
	return archive.Bytes(), errors.Join(err, w.Close())
}

// readStatic reads a program that needs no libraries.
func readStatic(path string) ([]byte, error) {
	content, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("no %s: install it (apt-get install busybox-static)", path)
	}
	if err != nil {
		return nil, err
	}
	program, err := elf.NewFile(bytes.NewReader(content))
	if err != nil {
		return nil, fmt.Errorf("%s is no program: %w", path, err)
	}
	for _, part := range program.Progs {
		if part.Type == elf.PT_INTERP {
			return nil, fmt.Errorf("%s needs libraries: install one that does not (apt-get install busybox-static)", path)
		}
	}
	return content, nil
}
