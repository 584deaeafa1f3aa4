package tarfile_test

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/template"
	"github.com/dockerhv/dockerhv/template/tarfile"
)

// wantError checks an error's class, and that it is one line of the module's own
// without the secret of a test's URL.
func wantError(t *testing.T, err, class error, words ...string) {
	t.Helper()
	var ours *dockerhv.Error
	switch {
	case err == nil:
		t.Fatalf("no error, want %v", class)
	case !errors.Is(err, class):
		t.Errorf("error %q is not %q", err, class)
	case !errors.As(err, &ours) || ours.Op == "" || ours.ID == "":
		t.Errorf("error %q does not say what was attempted on what", err)
	}
	for _, word := range words {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("error %q does not say %q", err, word)
		}
	}
	if strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "\n") {
		t.Errorf("error %q leaks a secret or has several lines", err)
	}
}

func wantImage(t *testing.T, got template.Image, want image, cached bool) {
	t.Helper()
	expected := template.Image{
		ID: want.id(), Digest: want.id(), Reference: want.ref(), Format: template.Tarfile,
		Platform: template.Platform{OS: "linux", Architecture: "amd64"}, Size: 1, Cached: cached,
	}
	if diff := cmp.Diff(expected, got); diff != "" {
		t.Errorf("image (-want +got):\n%s", diff)
	}
}

// serve serves content under a URL with a token, and returns a source of it.
func serve(t *testing.T, content []byte) tarfile.Source {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", fmt.Sprint(len(content)))
		_, _ = w.Write(content)
	}))
	t.Cleanup(server.Close)
	return tarfile.Source{
		URL:      server.URL + "/images/busybox.tar?token=secret",
		Download: template.Download{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}},
	}
}

// places are the ways to say where an archive is.
func places(t *testing.T, content []byte) map[string]tarfile.Source {
	t.Helper()
	return map[string]tarfile.Source{
		"path":   {Path: write(t, "busybox.tar", content)},
		"url":    serve(t, content),
		"reader": source(content),
	}
}

// TestInstall installs twice: what has a checksum is not even opened the second time.
func TestInstall(t *testing.T) {
	content := gzipped(t, busyboxArchive(t))
	for name, s := range places(t, content) {
		t.Run(name, func(t *testing.T) {
			var into host
			s.Checksum = template.Checksum{Hex: sumOf(content)}
			first, err := s.Install(t.Context(), &into, template.InstallOptions{})
			if err != nil {
				t.Fatal(err)
			}
			b := busybox()
			if first.ID != b.id() || first.Reference == b.ref() || !strings.HasPrefix(first.Reference, "localhost/dockerhv:tarfile-") {
				t.Errorf("image %+v", first)
			}
			s.Path, s.URL = "", ""
			s.Reader = func(context.Context) (io.ReadCloser, error) { t.Error("was opened again"); return nil, io.EOF }
			second, err := s.Install(t.Context(), &into, template.InstallOptions{})
			if err != nil {
				t.Fatal(err)
			}
			first.Cached = true
			if diff := cmp.Diff(first, second); diff != "" {
				t.Errorf("the second time (-want +got):\n%s", diff)
			}
			if len(into.loads) != 1 {
				t.Errorf("%d loads, want one", len(into.loads))
			}
		})
	}
}

// TestInstallRecord does not take what came of one choice for that of another.
func TestInstallRecord(t *testing.T) {
	one, two := busybox(), image{tags: []string{"app:1"}, layers: []string{"app"}}
	content := archive(t, []image{one, two})
	into := host{traits: template.Traits{Platform: template.Platform{OS: "linux", Architecture: "amd64"}}}
	s := source(content)
	s.Checksum = template.Checksum{Hex: sumOf(content)}
	seen := make(map[string]bool)
	for _, choose := range []image{one, two} {
		s.Image = choose.tags[0]
		got, err := s.Install(t.Context(), &into, template.InstallOptions{})
		if err != nil || got.ID != choose.id() || got.Cached || seen[got.Reference] {
			t.Errorf("%s: %+v, %v", s.Image, got, err)
		}
		seen[got.Reference] = true
	}
	opts := template.InstallOptions{Platform: template.Platform{OS: "linux", Architecture: "s390x"}}
	_, err := s.Install(t.Context(), &into, opts)
	wantError(t, err, dockerhv.ErrInvalid, "linux/s390x")
}

// TestInstallPresent reads through what has no checksum and is no file that can be
// looked into, and breaks the upload off.
func TestInstallPresent(t *testing.T) {
	plain := busyboxArchive(t)
	for name, test := range map[string]struct {
		content []byte
		looked  bool
	}{"plain": {plain, true}, "gzip": {gzipped(t, plain), false}} {
		for place, s := range places(t, test.content) {
			t.Run(name+" by "+place, func(t *testing.T) {
				var into host
				for _, cached := range []bool{false, true} {
					got, err := s.Install(t.Context(), &into, template.InstallOptions{})
					if err != nil {
						t.Fatal(err)
					}
					wantImage(t, got, busybox(), cached)
				}
				if test.looked && place == "path" {
					if len(into.loads) != 1 {
						t.Errorf("%d loads, want one", len(into.loads))
					}
				} else if len(into.loads) != 2 || into.loads[0].err != nil || into.loads[1].err == nil {
					t.Errorf("loads: %+v; want the second one to be broken off", into.loads)
				}
			})
		}
	}
}

// TestInstallAdopts gives our reference to an image that is there under its ID.
func TestInstallAdopts(t *testing.T) {
	b := busybox()
	content := busyboxArchive(t)
	for place, s := range places(t, content) {
		t.Run(place, func(t *testing.T) {
			platform := template.Platform{OS: "linux", Architecture: "amd64"}
			into := host{images: map[string]template.Image{b.id(): {ID: b.id(), Platform: platform, Size: 1}}}
			got, err := s.Install(t.Context(), &into, template.InstallOptions{})
			if err != nil {
				t.Fatal(err)
			}
			wantImage(t, got, b, true)
			for _, l := range into.loads {
				if l.err == nil {
					t.Errorf("was loaded: %+v", l.headers)
				}
			}
		})
	}
}

// TestInstallCompressed also installs what was made of busyboxArchive's bytes by
// `bzip2`, `xz -9` and `xz --block-size=2000 --check=sha256`, which Go can't write.
func TestInstallCompressed(t *testing.T) {
	read := func(name string) []byte {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		return content
	}
	plain := busyboxArchive(t)
	skippable := append([]byte("\x50\x2a\x4d\x18\x03\x00\x00\x00abc"), zstdOf(t, plain)...)
	for name, content := range map[string][]byte{
		"plain":     plain,
		"gzip":      gzipped(t, plain),
		"gzips":     append(gzipped(t, plain[:1000]), gzipped(t, plain[1000:])...),
		"zstd":      zstdOf(t, plain),
		"zstds":     append(zstdOf(t, plain[:1000]), zstdOf(t, plain[1000:])...),
		"skippable": skippable,
		"bzip2":     read("testdata/busybox.tar.bz2"),
		"xz":        read("testdata/busybox.tar.xz"),
		"xz blocks": read("testdata/busybox.blocks.tar.xz"),
	} {
		t.Run(name, func(t *testing.T) {
			var into host
			got, err := source(content).Install(t.Context(), &into, template.InstallOptions{})
			if err != nil {
				t.Fatal(err)
			}
			wantImage(t, got, busybox(), false)

			var other host
			s := source(content)
			s.Checksum = template.Checksum{Hex: sumOf(nil)}
			_, err = s.Install(t.Context(), &other, template.InstallOptions{})
			wantError(t, err, dockerhv.ErrIntegrity, "checksum")
			other.wantEmpty(t)
		})
	}
}

// TestInstallSends checks what a store gets to see of an archive that says much.
func TestInstallSends(t *testing.T) {
	b := busybox()
	first := []file{
		{name: "global", kind: tar.TypeXGlobalHeader, records: map[string]string{"comment": "as git archive writes it"}},
		manifestOf(b),
		{name: "./", kind: tar.TypeDir},
		{name: "./index.json", content: `{"manifests":[]}`},
		{name: "oci-layout", content: `{"imageLayoutVersion":"1.0.0"}`},
		{name: "repositories", content: `{"busybox":{"latest":"0"}}`},
	}
	content := tarOf(t, append(first, b.files()...)...)
	var into host
	got, err := source(content).Install(t.Context(), &into, template.InstallOptions{})
	if err != nil {
		t.Fatal(err)
	}
	wantImage(t, got, b, false)
	var names []string
	for _, h := range into.loads[0].headers {
		names = append(names, h.Name)
	}
	want := []string{b.configName()}
	for _, layer := range b.layerNames() {
		want = append(want, strings.TrimSuffix(layer, "layer.tar"), layer)
	}
	if diff := cmp.Diff(append(want, "manifest.json"), names); diff != "" {
		t.Errorf("entries (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{b.ref()}, into.loads[0].tags); diff != "" {
		t.Errorf("tags (-want +got):\n%s", diff)
	}
}

// TestInstallLinks installs what docker save wrote before Docker 25: layers that
// are the same as another image's are links to those.
func TestInstallLinks(t *testing.T) {
	b := busybox()
	layers := b.layerNames()
	old, hard := "0"+layers[0][1:], "1"+layers[1][1:]
	manifest := file{name: "./manifest.json", content: encode([]any{
		map[string]any{"Config": "./" + b.configName(), "Layers": []string{old, "./" + hard}},
	})}
	content := tarOf(t, append([]file{
		manifest,
		{name: old, kind: tar.TypeSymlink, link: "../" + layers[0]},
		{name: strings.TrimSuffix(old, "layer.tar") + "VERSION", content: "1.0"},
	}, append(b.files(), file{name: hard, kind: tar.TypeLink, link: layers[1]})...)...)
	var into host
	got, err := source(content).Install(t.Context(), &into, template.InstallOptions{})
	if err != nil {
		t.Fatal(err)
	}
	wantImage(t, got, b, false)
}

func TestInstallNoLoader(t *testing.T) {
	type store struct{ template.ImageStore }
	_, err := source(busyboxArchive(t)).Install(t.Context(), store{&host{}}, template.InstallOptions{})
	if !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("error %v", err)
	}
}

func TestInstallInvalidSource(t *testing.T) {
	reader := func(context.Context) (io.ReadCloser, error) { t.Error("was opened"); return nil, io.EOF }
	for name, s := range map[string]tarfile.Source{
		"nowhere":      {},
		"two places":   {Path: "a", URL: "http://b"},
		"three places": {Path: "a", URL: "http://b", Reader: reader},
		"checksum":     {Reader: reader, Checksum: template.Checksum{Hex: "12"}},
		"tag":          {Reader: reader, Tag: "Not A Tag"},
		"digest":       {Reader: reader, Tag: "app@sha256:" + sumOf(nil)},
		"url":          {URL: "ftp://host/?token=secret"},
		"userinfo":     {URL: "http://user:secret@host/file"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := s.Install(t.Context(), &host{}, template.InstallOptions{})
			wantError(t, err, dockerhv.ErrInvalid)
		})
	}
}
