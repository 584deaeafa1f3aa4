package tarfile_test

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/driver/docker"
	"github.com/dockerhv/dockerhv/internal/enginetest"
	"github.com/dockerhv/dockerhv/template"
	"github.com/dockerhv/dockerhv/template/tarfile"
)

// layered adds layers to an image, of which two are alike.
func layered(i v1.Image) (v1.Image, error) {
	var layers []v1.Layer
	for _, name := range []string{"one", "two", "one"} {
		var content bytes.Buffer
		w := tar.NewWriter(&content)
		err := errors.Join(w.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: 4}), say(w, "file"), w.Close())
		layer, layerErr := tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(content.Bytes())), nil })
		if err := errors.Join(err, layerErr); err != nil {
			return nil, err
		}
		layers = append(layers, layer)
	}
	return mutate.AppendLayers(i, layers...)
}

func say(w io.Writer, text string) error {
	_, err := io.WriteString(w, text)
	return err
}

// export exports an image to a file.
func export(t *testing.T, d *docker.Driver, ref string, opts tarfile.ExportOptions) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "exported.tar")
	to, err := os.Create(path)
	if err == nil {
		_, err = tarfile.Export(t.Context(), d.Images(), ref, to, opts)
		err = errors.Join(err, to.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// 76: what is exported is what was installed: it is installed again as the same image,
// which runs, and other programs read it.
func TestEngineExport(t *testing.T) {
	for _, form := range []tarfile.Form{"", tarfile.DockerArchive, tarfile.OCIArchive} {
		for _, name := range []string{"", "exported/app:7"} {
			t.Run(string(form)+" "+name, func(t *testing.T) {
				d := engine(t)
				saved, _ := save(t, "app:1", layered)
				before := mustInstall(t, d, tarfile.Source{Path: saved})
				path := export(t, d, before.Reference, tarfile.ExportOptions{Form: form, Name: name})
				remove(t, d, before.Reference)
				after := mustInstall(t, d, tarfile.Source{Path: path, Image: name})
				if after.Cached || after.Reference != before.Reference { // which is made of the config's digest
					t.Errorf("it is %+v, was %+v", after, before)
				}
				run(t, d, after)
				to := "docker-archive:" + path
				if form == tarfile.OCIArchive {
					to = "oci-archive:" + path
				}
				tool(t, "skopeo", "--insecure-policy", "--tmpdir="+t.TempDir(), "copy", "--quiet", to, "dir:"+t.TempDir())
				wantOrdinary(t, path)
			})
		}
	}
}

// wantOrdinary checks that an archive has files alone, of one name each.
func wantOrdinary(t *testing.T, path string) {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	seen := make(map[string]bool)
	for r := tar.NewReader(file); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil || seen[h.Name] || strings.HasSuffix(h.Name, "/") {
			t.Fatalf("an entry %+v, %v", h, err)
		}
		seen[h.Name] = true
	}
}

// The engine's own load takes what is exported, under the name that it was given.
func TestEngineExportLoads(t *testing.T) {
	d := engine(t)
	saved, _ := save(t, "app:1", layered)
	before := mustInstall(t, d, tarfile.Source{Path: saved})
	var archive bytes.Buffer
	if _, err := tarfile.Export(t.Context(), d.Images(), before.ID, &archive, tarfile.ExportOptions{Name: "localhost/loaded:1"}); err != nil {
		t.Fatal(err)
	}
	remove(t, d, before.Reference)
	loader, err := template.Role[template.Loader](d.Images())
	if err == nil {
		err = loader.Load(t.Context(), &archive)
	}
	if err != nil {
		t.Fatal(err)
	}
	after, err := d.Images().Image(t.Context(), "localhost/loaded:1")
	if err != nil || after.ID != before.ID {
		t.Errorf("loaded %+v (%v), was %+v", after, err, before)
	}
	remove(t, d, "localhost/loaded:1")
}

// What can't be exported is an error, and so is an archive that breaks off or can't be
// written.
func TestEngineExportFails(t *testing.T) {
	d := engine(t)
	saved, _ := save(t, "app:1")
	image := mustInstall(t, d, tarfile.Source{Path: saved})
	proxy := enginetest.NewProxy(t, enginetest.Endpoint(t))
	cut := openAt(t, proxy.Endpoint())
	full := errors.New("the disk is full")
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for name, test := range map[string]struct {
		ctx   context.Context //nolint:containedctx // of one row of the table
		ref   string
		to    io.Writer
		opts  tarfile.ExportOptions
		fault *enginetest.Fault
		class error
	}{
		"of what is not there":    {ref: "localhost/no/such:1", class: dockerhv.ErrNotFound},
		"in another form":         {opts: tarfile.ExportOptions{Form: "zip"}, class: dockerhv.ErrInvalid},
		"by a name that is none":  {opts: tarfile.ExportOptions{Name: "A B"}, class: dockerhv.ErrInvalid},
		"to a writer that fails":  {to: brokenWriter{full}, class: full},
		"of a host that is lost":  {fault: new(enginetest.Truncate(300_000)), class: dockerhv.ErrUnavailable},
		"that was given up":       {ctx: ended, class: context.Canceled},
		"oci of one that is lost": {opts: tarfile.ExportOptions{Form: tarfile.OCIArchive}, fault: new(enginetest.Truncate(300_000)), class: dockerhv.ErrUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			from, ref, ctx := d, image.Reference, t.Context()
			if test.fault != nil {
				from = cut
				proxy.Always(isExport, *test.fault)
			}
			if test.ref != "" {
				ref = test.ref
			}
			if test.ctx != nil {
				ctx = test.ctx
			}
			if test.to == nil {
				test.to = io.Discard
			}
			got, err := tarfile.Export(ctx, from.Images(), ref, test.to, test.opts)
			if !errors.Is(err, test.class) || got != (template.Image{}) {
				t.Fatalf("got %+v, %v; want %v", got, err, test.class)
			}
			if e, ok := errors.AsType[*dockerhv.Error](err); !ok || e.Op != "export image" || e.ID != ref {
				t.Errorf("the error %v does not say what was attempted on what", err)
			}
		})
	}
}

type brokenWriter struct{ err error }

func (f brokenWriter) Write([]byte) (int, error) { return 0, f.err }

func isExport(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/images/get") }

// openAt opens an engine at another address.
func openAt(t *testing.T, endpoint string) *docker.Driver {
	t.Helper()
	d, err := docker.Open(t.Context(), driver.Endpoint{URL: endpoint}, docker.Options{Owner: "tarfile"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d
}
