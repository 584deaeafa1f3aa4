package tarfile_test

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/template"
	"github.com/dockerhv/dockerhv/template/tarfile"
)

// FuzzInstall installs anything. What a store gets to see can be unpacked by the
// most naive of programs and stays in its directory, and an archive ends well only
// with one image under our own name.
func FuzzInstall(f *testing.F) {
	b := busybox()
	for _, content := range [][]byte{
		busyboxArchive(f),
		archive(f, []image{b, {tags: []string{"app:1"}}}),
		tarOf(f, file{name: "a/b/l", kind: tar.TypeSymlink, link: "../x/.."}, file{name: "l/x"}),
		tarOf(f, file{name: "l", kind: tar.TypeLink, link: "x"}, file{name: "d", kind: tar.TypeDir}),
		tarOf(f, layoutOf(on("amd64", "a", "b").manifest().named("v1"))...),
		tarOf(f, layoutOf(indexOf(on("amd64", "a").manifest(), on("arm64", string(zstdOf(f, []byte("b")))).manifest()))...),
		tarOf(f, system()...),
		gzipped(f, busyboxArchive(f)), zstdOf(f, busyboxArchive(f)),
	} {
		f.Add(content)
	}
	for _, name := range []string{"busybox.tar.bz2", "busybox.tar.xz", "busybox.blocks.tar.xz"} {
		content, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(content)
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		s := source(content)
		s.Limits = tarfile.Limits{Bytes: 1 << 20, Entries: 100}
		installNaively(t, s)
	})
}

// FuzzEntries installs an archive of entries of any names, as one line each says:
// what kind it is, its name, and after a space where it leads.
func FuzzEntries(f *testing.F) {
	for _, seed := range []string{
		"0/etc/passwd", "0../x\n0a/../../x", "2l .\n0l/x", "2a d/e\n2c a/../..\n0c/x", "5d/\n2d/l ../d\n1h d/l", "0a\n0./a\n0a/",
		"2x ../../x\n0x/y\n2y /etc", "0manifest.json\n2index.json x", "2a b\n2b a\n1c a", "0" + strings.Repeat("d/", 20),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, script string) {
		var b bytes.Buffer
		w := tar.NewWriter(&b)
		files := append(busybox().files(), manifestOf(busybox()))
		for line := range strings.Lines(script) {
			name, link, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
			if name != "" {
				files = append(files, file{name: name[1:], kind: name[0], link: link})
			}
		}
		for _, f := range files {
			if f.kind == 0 {
				f.kind = tar.TypeReg
			}
			header := tar.Header{Typeflag: f.kind, Name: f.name, Linkname: f.link, Size: int64(len(f.content))}
			if w.WriteHeader(&header) == nil {
				_, _ = io.WriteString(w, f.content)
			}
		}
		_ = w.Close()
		installNaively(t, source(b.Bytes()))
	})
}

// FuzzOCI installs an OCI archive of any documents. In them INDEX, MANIFEST, CONFIG
// and LAYER stand for the digest and size of the others.
func FuzzOCI(f *testing.F) {
	const (
		index    = `{"manifests":[{"mediaType":"` + mediaManifest + `",MANIFEST}]}`
		nested   = `{"manifests":[{INDEX},{MANIFEST,"platform":{"os":"linux","architecture":"amd64"}}]}`
		manifest = `{"config":{CONFIG},"layers":[{"mediaType":"` + mediaLayer + `",LAYER}]}`
	)
	config := on("amd64", "layer").config()
	f.Add(index, nested, manifest, config, []byte("layer"))
	f.Add(`{"manifests":[{INDEX}]}`, index, manifest, config, gzipped(f, []byte("layer")))
	f.Add(nested, nested, manifest, config, zstdOf(f, []byte("layer")))
	f.Add(`{"manifests":[{"annotations":{"org.opencontainers.image.ref.name":"v1"},MANIFEST}]}`, "", manifest, config, []byte("layer"))
	f.Fuzz(func(t *testing.T, top, below, manifest, config string, layer []byte) {
		refer := func(in, word, to string) string {
			return strings.ReplaceAll(in, word, fmt.Sprintf(`"digest":"sha256:%s","size":%d`, sumOf([]byte(to)), len(to)))
		}
		manifest = refer(refer(manifest, "CONFIG", config), "LAYER", string(layer))
		below = refer(below, "MANIFEST", manifest)
		top = refer(refer(top, "MANIFEST", manifest), "INDEX", below)
		files := []file{{name: "index.json", content: top}, {name: "oci-layout", content: `{"imageLayoutVersion":"1.0.0"}`}}
		for _, content := range []string{string(layer), manifest, below, config} {
			if b := blob(content); !slices.ContainsFunc(files, func(f file) bool { return f.name == b.name }) {
				files = append(files, b)
			}
		}
		s := source(tarOf(t, files...))
		s.Limits = tarfile.Limits{Bytes: 1 << 20}
		installNaively(t, s)
	})
}

// FuzzRootFS installs anything as a root file system. The layer that a store gets is
// what was given, and nothing in it is named outside of it.
func FuzzRootFS(f *testing.F) {
	f.Add(tarOf(f, system()...))
	f.Add(gzipped(f, tarOf(f, system(file{name: "a/../b"})...)))
	f.Add(tarOf(f, file{name: "/etc/passwd"}, file{name: "l", kind: tar.TypeLink, link: "../../x"}))
	f.Add([]byte("no archive"))
	f.Fuzz(func(t *testing.T, content []byte) {
		s := source(content)
		s.Layout, s.TempDir = tarfile.RootFS, t.TempDir()
		s.Config.Platform = template.Platform{OS: "linux", Architecture: "amd64"}
		s.Limits = tarfile.Limits{Bytes: 1 << 20, Entries: 100}
		into := installNaively(t, s)
		wantNoFiles(t, s.TempDir)
		for name, content := range into.files {
			if !strings.HasPrefix(name, "blobs/") || content[0] == '{' {
				continue
			}
			r := tar.NewReader(bytes.NewReader(content))
			for header, err := r.Next(); err == nil; header, err = r.Next() {
				if header.Typeflag != tar.TypeXGlobalHeader && !filepath.IsLocal(filepath.Clean("./"+header.Name)) {
					t.Errorf("the layer has %q", header.Name)
				}
			}
		}
	})
}

// installNaively installs into a store that looks at nothing, and then looks.
func installNaively(t *testing.T, s tarfile.Source) *naive {
	t.Helper()
	into := &naive{dir: t.TempDir(), files: make(map[string][]byte)}
	_, err := s.Install(t.Context(), into, template.InstallOptions{})
	into.check(t)
	if err == nil {
		last := into.names[len(into.names)-1]
		if last != "manifest.json" || len(into.images) != 1 {
			t.Errorf("entries %q, images %v", into.names, into.images)
		}
		return into
	}
	var ours *dockerhv.Error
	if !errors.As(err, &ours) || ours.Op == "" || strings.ContainsAny(err.Error(), "\r\n\x00") {
		t.Errorf("error %q", err)
	}
	if into.ended || len(into.images) > 0 {
		t.Errorf("the archive ended well although: %v", err)
	}
	return into
}

// naive is a store that unpacks an archive without looking.
type naive struct {
	host
	dir   string
	names []string
	files map[string][]byte
	ended bool
}

func (n *naive) Load(ctx context.Context, r io.Reader) error {
	var registered error
	pr, pw := io.Pipe()
	done := make(chan struct{})
	go func() {
		defer close(done)
		registered = n.host.Load(ctx, pr)
	}()
	unpacked := n.unpack(io.TeeReader(r, pw))
	_ = pw.CloseWithError(unpacked)
	<-done
	n.ended = unpacked == nil
	return errors.Join(unpacked, registered)
}

// inner is where it unpacks: deep enough for what climbs a little to be seen.
func (n *naive) inner() string { return filepath.Join(n.dir, "a/b/c/d") }

func (n *naive) unpack(r io.Reader) error {
	archive := tar.NewReader(r)
	for {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			_, err = io.Copy(io.Discard, r)
			return err
		}
		if err != nil {
			return err
		}
		n.names = append(n.names, header.Name)
		path := n.inner() + "/" + header.Name
		_ = os.MkdirAll(filepath.Dir(path), 0o755)
		switch header.Typeflag {
		case tar.TypeDir:
			_ = os.MkdirAll(path, 0o755)
		case tar.TypeSymlink:
			_ = os.Symlink(header.Linkname, path)
		case tar.TypeLink:
			_ = os.Link(n.inner()+"/"+header.Linkname, path)
		default:
			content, err := io.ReadAll(archive)
			if err != nil {
				return err
			}
			_ = os.WriteFile(path, content, 0o600)
			n.files[header.Name] = content
		}
	}
}

// check looks for what left the inner directory.
func (n *naive) check(t *testing.T) {
	t.Helper()
	root, err := filepath.EvalSymlinks(n.inner())
	if err != nil {
		return // nothing was unpacked
	}
	_ = filepath.WalkDir(n.dir, func(path string, entry os.DirEntry, _ error) error {
		inside := strings.HasPrefix(path, root+"/") || strings.HasPrefix(root+"/", path+"/")
		if !inside {
			t.Errorf("%q was written", path)
		}
		if entry.Type() != os.ModeSymlink {
			return nil
		}
		if to, err := filepath.EvalSymlinks(path); err == nil && to != root && !strings.HasPrefix(to, root+"/") {
			t.Errorf("%q leads to %q", path, to)
		}
		return nil
	})
}
