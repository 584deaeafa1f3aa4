package tarfile_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/compression"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/template"
	"github.com/dockerhv/dockerhv/template/tarfile"
)

// spoiled returns an archive with its files changed.
func spoiled(t *testing.T, content []byte, change func(f *file)) []byte {
	t.Helper()
	files := filesOf(t, content)
	for i := range files {
		change(&files[i])
	}
	return tarOf(t, files...)
}

func replaced(name, old, new string) func(*file) { //nolint:revive // as strings.Replace has it
	return func(f *file) {
		if strings.HasSuffix(f.name, name) {
			f.content = strings.Replace(f.content, old, new, 1)
		}
	}
}

// TestEngineRefuses has what engines find out late, or not at all: they would have
// written it to their disk by then, or would have an image without a name. Each is
// refused, and the engine is as before.
func TestEngineRefuses(t *testing.T) {
	saved := dockerArchive(t)
	oci := ociArchive(t, ociImage(t, compression.GZip), "v1")
	system := rootFS(t)
	zip := gzipped(t, saved)
	flipped := bytes.Clone(saved)
	flipped[len(flipped)/2] ^= 1 // in the middle of the one large layer
	zeros := bytes.Repeat(gzipped(t, make([]byte, 1<<20)), 3<<10)
	bomb := slices.Concat(gzipped(t, header("zeros", 3<<30)), zeros)
	insideBomb := tarOf(t, layoutOf(on("amd64", "x").manifest(string(zeros)))...)
	withMore := func(f file) []byte { return tarOf(t, append(filesOf(t, saved), f)...) }
	manifest := func(content string) []byte {
		return spoiled(t, saved, func(f *file) {
			if f.name == "manifest.json" {
				f.content = content
			}
		})
	}
	windows := spoiled(t, saved, replaced("manifest.json", "sha256:", "windows-"))
	windows = spoiled(t, windows, func(f *file) {
		if strings.HasPrefix(f.name, "sha256:") {
			f.name = strings.Replace(f.name, "sha256:", "windows-", 1)
			f.content = strings.Replace(f.content, `"linux"`, `"windows"`, 1)
		}
	})
	for name, test := range map[string]struct {
		content []byte
		class   error
		words   string
		source  tarfile.Source
	}{
		"truncated":           {saved[:len(saved)/2], dockerhv.ErrIntegrity, "truncated", tarfile.Source{}},
		"without its trailer": {saved[:len(saved)-1024], dockerhv.ErrIntegrity, "truncated", tarfile.Source{}},
		"truncated gzip":      {zip[:len(zip)/2], dockerhv.ErrIntegrity, "truncated", tarfile.Source{}},
		"truncated OCI":       {oci[:len(oci)/2], dockerhv.ErrIntegrity, "truncated", tarfile.Source{}},
		"truncated system":    {system[:len(system)/2/512*512], dockerhv.ErrIntegrity, "truncated", tarfile.Source{}},
		"garbage":             {bytes.Repeat([]byte("garbage"), 10000), dockerhv.ErrInvalid, "not a tar", tarfile.Source{}},
		"empty":               {nil, dockerhv.ErrInvalid, "empty", tarfile.Source{}},
		"zeros":               {make([]byte, 10240), dockerhv.ErrInvalid, "no manifest.json", tarfile.Source{}},
		"no image":            {manifest("[]"), dockerhv.ErrInvalid, "no image", tarfile.Source{}},
		"above":               {withMore(file{name: "../x"}), dockerhv.ErrInvalid, `"../x"`, tarfile.Source{}},
		"absolute":            {withMore(file{name: "/x"}), dockerhv.ErrInvalid, `"/x"`, tarfile.Source{}},
		"escaping link":       {withMore(file{name: "l", kind: '2', link: "../../etc"}), dockerhv.ErrInvalid, `"l"`, tarfile.Source{}},
		"config outside":      {manifest(`[{"Config":"../../etc/passwd","Layers":[]}]`), dockerhv.ErrIntegrity, "passwd", tarfile.Source{}},
		"another layer":       {flipped, dockerhv.ErrIntegrity, "", tarfile.Source{}},
		"another blob":        {spoiled(t, oci, func(f *file) { f.content = strings.Replace(f.content, "linux", "minix", 1) }), dockerhv.ErrIntegrity, "digest", tarfile.Source{}},
		"layer count":         {spoiled(t, saved, replaced("manifest.json", `"Layers":[`, `"Layers":["absent",`)), dockerhv.ErrIntegrity, "layers", tarfile.Source{}},
		"another system":      {windows, dockerhv.ErrInvalid, "windows", tarfile.Source{}},
		"no tag":              {saved, dockerhv.ErrInvalid, "tag", tarfile.Source{Tag: "NOT:a:tag"}},
		"no such image":       {saved, dockerhv.ErrInvalid, "app:1", tarfile.Source{Image: "app:3"}},
		"one of several":      {severalImages(t), dockerhv.ErrInvalid, "choose", tarfile.Source{}},
		"bomb":                {bomb, dockerhv.ErrInvalid, "100 times", tarfile.Source{}},
		"bomb in a layer":     {insideBomb, dockerhv.ErrInvalid, "100 times", tarfile.Source{}},
		"wrong checksum":      {saved, dockerhv.ErrIntegrity, "checksum", tarfile.Source{Checksum: template.Checksum{Hex: sumOf(zip)}}},
	} {
		for place, s := range places(t, test.content) {
			t.Run(fmt.Sprint(name, " by ", place), func(t *testing.T) {
				d := engine(t)
				s.Tag, s.Image, s.Checksum, s.TempDir = test.source.Tag, test.source.Image, test.source.Checksum, t.TempDir()
				_, err := s.Install(t.Context(), d.Images(), template.InstallOptions{})
				wantError(t, err, test.class, test.words)
				wantNoFiles(t, s.TempDir)
			})
		}
	}
}

// TestEngineContains has a layer with a name that leads out of it, which engines
// contain in the instance's file system or refuse: either way nothing is outside.
func TestEngineContains(t *testing.T) {
	outside := filepath.Join(os.TempDir(), "dockerhv-escaped")
	escaping := file{name: strings.Repeat("../", 20) + outside[1:], content: "x"}
	layers := append(filesOf(t, rootFS(t)), escaping)
	i := on(runtime.GOARCH, string(tarOf(t, layers...)))
	d := engine(t)
	got, err := source(tarOf(t, layoutOf(i.manifest())...)).Install(t.Context(), d.Images(), template.InstallOptions{})
	if err == nil {
		remove(t, d, got.Reference)
	} else {
		wantError(t, err, dockerhv.ErrFailed)
	}
	if _, err := os.Lstat(outside); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%s was written: %v", outside, err)
	}
}
